package cert

import (
	"slices"
	"time"
)

// Deployed is one certificate with every location at which it was found on a VM.
type Deployed struct {
	Certificate *Certificate
	Role        Role
	Locations   []Location
}

// Compared tells whether the certificate is in a file of a job, and therefore compared
// with a source.
func (d *Deployed) Compared() bool {
	return slices.ContainsFunc(d.Locations, func(l Location) bool { return l.Class == JobFile })
}

// Mismatch is a certificate and a private key that a job uses together although they do
// not match.
type Mismatch struct {
	Certificate Fingerprint
	At          Location // of the certificate
	Key         Location // of the private key
}

// History is what is known about earlier certificates of the jobs' files.
type History struct {
	Arrivals   []Arrival
	Departures []Departure
}

// Departure is a certificate that a job's file held before.
type Departure struct {
	Fingerprint Fingerprint
	Job         string
}

// Arrival is a certificate that came into a job's file while the agent was running.
type Arrival struct {
	Fingerprint Fingerprint
	File        string
	After       time.Time // the last scan that read the file without the certificate
	By          time.Time // the first scan that found it
}
