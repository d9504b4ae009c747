package report

import (
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Served is what the VM's own processes show to whoever connects.
type Served struct {
	Listeners int                 `json:"listeners"` // listening sockets, those without certificates included
	Shown     []ServedCertificate `json:"shown"`
}

// ServedCertificate is a certificate that a process shows.
type ServedCertificate struct {
	Address     string      `json:"address"` // as bound
	ServerName  string      `json:"server_name,omitempty"`
	Protocol    string      `json:"protocol"`
	Job         string      `json:"job,omitempty"`
	Process     string      `json:"process,omitempty"`
	PID         int         `json:"pid,omitempty"`
	Started     time.Time   `json:"started,omitzero"`
	SeenAt      time.Time   `json:"seen_at"`
	State       ServedState `json:"state"`
	Name        string      `json:"name"`
	Fingerprint string      `json:"fingerprint_sha256"`
	NotAfter    time.Time   `json:"not_after"`
	Version     int         `json:"version,omitempty"` // of the reference that it is
}

// ServedState says how what a process shows stands to the files of its job.
type ServedState string

// The states, and no others.
const (
	Loaded    ServedState = "loaded"     // a file holds it
	NotLoaded ServedState = "not_loaded" // a file holds a newer one of the same identity
	Outdated  ServedState = "outdated"   // the newer one came after the process was asked
	Unfiled   ServedState = "unfiled"    // no file holds it or a newer one: that is no fault
)

// ServedSummary is what processes show in the place of one certificate of a file.
type ServedSummary struct {
	State     ServedState `json:"state"`             // not_loaded if any process shows an older one
	Addresses []string    `json:"addresses"`         // where it is so
	Version   int         `json:"version,omitempty"` // of the reference that is shown there
	NotAfter  time.Time   `json:"not_after"`         // of what is shown there
	SeenAt    time.Time   `json:"seen_at"`           // when the last of them was asked
}

// serve writes down what processes show.
func (r *Report) serve(c Contents) {
	if !c.Looked {
		return
	}
	r.Served = &Served{Listeners: c.Listeners, Shown: []ServedCertificate{}}
	for _, s := range c.Served {
		r.Served.Shown = append(r.Served.Shown, shown(s, c.References))
	}
	for i := range r.Certificates {
		r.Certificates[i].Served = serving(c.Deployed[i].Certificate.Fingerprint, c)
	}
}

func shown(s verdict.ServedState, references map[cert.Fingerprint]cert.Reference) ServedCertificate {
	return ServedCertificate{
		Address: s.Address.String(), ServerName: s.ServerName, Protocol: s.Protocol,
		Job: s.Process.Job, Process: s.Process.Name, PID: s.Process.PID, Started: seconds(s.Process.Started), SeenAt: seconds(s.SeenAt),
		State: stateOf(s), Name: s.Certificate.Name(), Fingerprint: s.Certificate.Fingerprint.String(), NotAfter: seconds(s.Certificate.NotAfter),
		Version: references[s.Certificate.Fingerprint].DeployedVersion,
	}
}

func stateOf(s verdict.ServedState) ServedState {
	switch {
	case s.Loaded():
		return Loaded
	case s.Stale():
		return NotLoaded
	case s.Outdated:
		return Outdated
	}
	return Unfiled
}

// serving gathers what is shown in the place of one certificate: who shows an older one
// counts before who shows itself.
func serving(fingerprint cert.Fingerprint, c Contents) *ServedSummary {
	var found *ServedSummary
	for _, s := range c.Served {
		state := stateOf(s)
		if state == Loaded && s.Certificate.Fingerprint != fingerprint ||
			state == NotLoaded && s.Newer.Certificate.Fingerprint != fingerprint ||
			state != Loaded && state != NotLoaded {
			continue
		}
		if found == nil || state == NotLoaded && found.State == Loaded {
			found = &ServedSummary{State: state, Version: c.References[s.Certificate.Fingerprint].DeployedVersion, NotAfter: seconds(s.Certificate.NotAfter)}
		}
		if state == found.State {
			found.Addresses = append(found.Addresses, s.Address.String())
			found.SeenAt = later(found.SeenAt, seconds(s.SeenAt))
		}
	}
	return found
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
