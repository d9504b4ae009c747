package notify

import (
	"fmt"
	"time"

	"cert-health/internal/alert"
)

// Kind is the occasion of a notice.
type Kind string

// The kinds, and no others.
const (
	Opened   Kind = "opened"
	Updated  Kind = "updated"  // further instances or certificates came in
	Repeated Kind = "repeated" // nothing new, and nothing better
	Closed   Kind = "closed"
	// Standing is no news. It is for receivers that forget what they are not
	// told again and again.
	Standing Kind = "standing"
)

// Certificate is one of an incident's.
type Certificate struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"` // the first twelve hex digits of the SHA-256
	Instances   int    `json:"instances"`   // on how many it is
	Place       string `json:"place"`       // on one of them
	Message     string `json:"message"`
	Next        string `json:"next"`
}

// LeftOut counts the reports that a limit kept from being counted.
type LeftOut struct {
	Instances    int `json:"instances"`
	Certificates int `json:"certificates"`
	Deployments  int `json:"deployments"` // of all incidents, since the start
}

// Notice is all that is to be said of an incident at one moment. Its JSON is what
// the generic webhook sends; docs/alerts.md explains it.
type Notice struct {
	ID         string      `json:"id"` // the same in all notices of an incident
	Kind       Kind        `json:"kind"`
	Deployment string      `json:"deployment"`
	Class      alert.Class `json:"class"`
	Severity   string      `json:"severity"`
	OpenedAt   time.Time   `json:"opened_at"`
	At         time.Time   `json:"at"`
	// Until is when the incident will be forgotten if no instance speaks again.
	Until time.Time `json:"until"`

	// Certificates are the most widespread; CertificateCount is all of them. At
	// the close both counts are those of the worst moment.
	Certificates     []Certificate `json:"certificates"`
	CertificateCount int           `json:"certificate_count"`
	// AtLeast: some instance has more certificates than its alert could name,
	// and these may or may not be the ones named by others.
	AtLeast       bool     `json:"at_least"`
	Instances     []string `json:"instances"`
	InstanceCount int      `json:"instance_count"`

	// Forgotten are instances that fell silent: not known to be well.
	Forgotten int     `json:"forgotten"`
	LeftOut   LeftOut `json:"left_out"`
}

// Summary is the notice in a few words, for a title.
func (n Notice) Summary() string {
	count := plural(n.CertificateCount, "certificate") + " " + state(n.Class)
	switch {
	case n.Kind == Closed && n.Forgotten > 0:
		return fmt.Sprintf("no more word of %s %s", n.atLeast()+count, n.on())
	case n.Kind == Closed:
		return "certificates well again: none " + state(n.Class)
	}
	return n.atLeast() + count + " " + n.on()
}

func (n Notice) on() string { return "on " + plural(n.InstanceCount, "instance") }

func (n Notice) atLeast() string {
	if n.AtLeast {
		return "at least "
	}
	return ""
}

// MoreCertificates is how many are not named.
func (n Notice) MoreCertificates() int { return n.CertificateCount - len(n.Certificates) }

// MoreInstances is how many are not named.
func (n Notice) MoreInstances() int { return n.InstanceCount - len(n.Instances) }

// Lasted is how long the incident has been open, to the minute.
func (n Notice) Lasted() time.Duration { return n.At.Sub(n.OpenedAt).Truncate(time.Minute) }

// state says of a certificate what its class means.
func state(class alert.Class) string {
	switch class {
	case alert.Drift:
		return "drifted"
	case alert.NotLoaded:
		return "not loaded"
	}
	return string(class)
}

func plural(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
