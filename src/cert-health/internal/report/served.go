package report

import (
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Served is what the VM's own processes serve.
type Served struct {
	Listeners int                 `json:"listeners"` // listening sockets, including those without certificates
	Shown     []ServedCertificate `json:"shown"`
	MoreShown int                 `json:"more_shown,omitempty"` // left out of a bounded report
}

// ServedCertificate is a certificate that a process serves.
type ServedCertificate struct {
	Address     string      `json:"address"` // as bound
	ServerName  string      `json:"server_name,omitempty"`
	Protocol    string      `json:"protocol"`
	Job         string      `json:"job,omitempty"`
	Process     string      `json:"process,omitempty"`
	PID         int         `json:"pid,omitempty"`
	Started     time.Time   `json:"started,omitzero"`
	SeenAt      time.Time   `json:"seen_at"`
	LastSeen    time.Time   `json:"last_seen,omitzero"` // SeenAt, if a later handshake failed
	Error       string      `json:"error,omitempty"`    // why it failed
	State       ServedState `json:"state"`
	Name        string      `json:"name"`
	Fingerprint string      `json:"fingerprint_sha256"`
	NotAfter    time.Time   `json:"not_after"`
	Version     int         `json:"version,omitempty"` // of the secret, if known
}

// ServedState compares a served certificate with the files of the process's job.
type ServedState string

// The states, and no others.
const (
	Loaded    ServedState = "loaded"     // a file holds it
	NotLoaded ServedState = "not_loaded" // a file holds a newer one with the same identity
	Outdated  ServedState = "outdated"   // the newer one arrived after the last handshake
	Unfiled   ServedState = "unfiled"    // no file holds it or has replaced it, which is not a fault
	Unproven  ServedState = "unproven"   // the process did not prove that it has the private key
)

// ServedSummary is what processes serve in place of one certificate of a file.
type ServedSummary struct {
	State     ServedState `json:"state"`              // not_loaded if any process serves an older one
	Addresses []string    `json:"addresses"`          // of the processes with this state
	Version   int         `json:"version,omitempty"`  // of the secret whose certificate is served there
	NotAfter  time.Time   `json:"not_after"`          // of the certificate that is served there
	SeenAt    time.Time   `json:"seen_at"`            // time of the last of these handshakes
	LastSeen  time.Time   `json:"last_seen,omitzero"` // SeenAt, if none of the processes answers any more
}

// addServed adds what processes serve.
func (r *Report) addServed(c Contents) {
	if !c.Looked {
		return
	}
	r.Served = &Served{Listeners: c.Listeners, Shown: []ServedCertificate{}}
	for _, s := range c.Served {
		r.Served.Shown = append(r.Served.Shown, servedCertificate(s, c.References))
	}
	for i := range r.Certificates {
		r.Certificates[i].Served = servedSummary(c.Deployed[i].Certificate.Fingerprint, c)
	}
}

func servedCertificate(s verdict.ServedState, references map[cert.Fingerprint]cert.Reference) ServedCertificate {
	lastSeen := time.Time{}
	if s.Failure != "" {
		lastSeen = seconds(s.SeenAt)
	}
	return ServedCertificate{
		LastSeen: lastSeen, Error: s.Failure,
		Address: s.Address.String(), ServerName: s.ServerName, Protocol: s.Protocol,
		Job: s.Process.Job, Process: s.Process.Name, PID: s.Process.PID, Started: seconds(s.Process.Started), SeenAt: seconds(s.SeenAt),
		State: stateOf(s), Name: s.Certificate.Name(), Fingerprint: s.Certificate.Fingerprint.String(), NotAfter: seconds(s.Certificate.NotAfter),
		Version: references[s.Certificate.Fingerprint].DeployedVersion,
	}
}

func stateOf(s verdict.ServedState) ServedState {
	switch {
	case !s.Proven:
		return Unproven
	case s.Loaded():
		return Loaded
	case s.Stale():
		return NotLoaded
	case s.Outdated:
		return Outdated
	}
	return Unfiled
}

// servedSummary gathers what is served in place of one certificate. A process that serves
// an older one counts before a process that serves the certificate itself.
func servedSummary(fingerprint cert.Fingerprint, c Contents) *ServedSummary {
	var found *ServedSummary
	answers := false
	for _, s := range c.Served {
		state := stateOf(s)
		if state == Loaded && s.Certificate.Fingerprint != fingerprint ||
			state == NotLoaded && s.Newer.Certificate.Fingerprint != fingerprint ||
			state != Loaded && state != NotLoaded {
			continue
		}
		if found == nil || state == NotLoaded && found.State == Loaded {
			answers = false
			found = &ServedSummary{State: state, Version: c.References[s.Certificate.Fingerprint].DeployedVersion, NotAfter: seconds(s.Certificate.NotAfter)}
		}
		if state == found.State {
			found.Addresses = append(found.Addresses, s.Address.String())
			found.SeenAt = later(found.SeenAt, seconds(s.SeenAt))
			answers = answers || s.Failure == ""
		}
	}
	if found != nil && !answers {
		found.LastSeen = found.SeenAt
	}
	return found
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
