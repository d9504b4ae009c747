package notify

import (
	"fmt"
	"strings"
	"time"

	"cert-health/internal/alert"
)

// Kind is the occasion of a notice.
type Kind string

// The kinds, and no others.
const (
	Opened   Kind = "opened"
	Updated  Kind = "updated"  // further instances or certificates are concerned
	Repeated Kind = "repeated" // the incident is still open, and nothing is new
	Closed   Kind = "closed"
	// Refreshed has no news. It is for receivers that must be told again and again that an
	// incident is open.
	Refreshed Kind = "refreshed"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Opened, Updated, Repeated, Closed, Refreshed} }

// Certificate is one certificate of an incident.
type Certificate struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"` // the first twelve hex digits of the SHA-256
	Instances   int    `json:"instances"`   // number of instances that have it
	Place       string `json:"place"`       // on one of them
	Message     string `json:"message"`
	Next        string `json:"next"`
}

// Silent is an instance whose agent sends no alerts any more, although the Health Monitor still has
// the VM. Its certificates count as they were.
type Silent struct {
	Instance  string    `json:"instance"`
	LastHeard time.Time `json:"last_heard"`
}

// LeftOut counts the reports that are not counted because of a limit.
type LeftOut struct {
	Instances    int `json:"instances"`
	Certificates int `json:"certificates"`
	Deployments  int `json:"deployments"` // of all incidents, since the start
}

// Notice is a message about an incident. Its JSON is what a generic webhook gets;
// docs/alerts.md explains it.
type Notice struct {
	ID         string      `json:"id"` // the same in all notices of an incident
	Kind       Kind        `json:"kind"`
	Deployment string      `json:"deployment"`
	Class      alert.Class `json:"class"`
	Severity   string      `json:"severity"`
	OpenedAt   time.Time   `json:"opened_at"`
	At         time.Time   `json:"at"`
	// Until is when the incident ends if no instance reports again.
	Until time.Time `json:"until"`

	// Certificates are the most widespread ones; CertificateCount is the number of all. When
	// the incident is closed, both counts are the highest of the incident.
	Certificates     []Certificate `json:"certificates"`
	CertificateCount int           `json:"certificate_count"`
	// AtLeast means that an instance has more certificates than its alert names. They may be
	// among those that other instances name.
	AtLeast       bool     `json:"at_least"`
	Instances     []string `json:"instances"`
	InstanceCount int      `json:"instance_count"`

	// Silent are the instances whose agents are silent; SilentCount is the number of all.
	Silent      []Silent `json:"silent"`
	SilentCount int      `json:"silent_count"`
	// Forgotten is the number of instances whose VM is gone, or was made again, without a word of
	// the agent. Their state is unknown.
	Forgotten int `json:"forgotten"`
	// Moved is the number of instances whose deployment became known: they belong to another
	// incident now.
	Moved   int     `json:"moved"`
	LeftOut LeftOut `json:"left_out"`
}

// Summary is the notice in a few words, for a title.
func (n Notice) Summary() string {
	count := plural(n.CertificateCount, "certificate") + " " + wordsOf(n.Class).state + " on " + plural(n.InstanceCount, "instance")
	if n.AtLeast {
		count = "at least " + count
	}
	if n.SilentCount > 0 {
		count += fmt.Sprintf(", %d of them silent", n.SilentCount)
	}
	switch {
	case n.Kind == Closed && n.Moved > 0:
		return "closed because the deployment of its instances is known now: " + count
	case n.Kind == Closed && n.Forgotten > 0:
		return "closed because its VMs are gone or were made again: " + count
	case n.Kind == Closed:
		return wordsOf(n.Class).end
	}
	return count
}

// MoreCertificates is the number of certificates that are not named.
func (n Notice) MoreCertificates() int { return n.CertificateCount - len(n.Certificates) }

// MoreInstances is the number of instances that are not named.
func (n Notice) MoreInstances() int { return n.InstanceCount - len(n.Instances) }

// MoreSilent is the number of silent instances that are not named.
func (n Notice) MoreSilent() int { return n.SilentCount - len(n.Silent) }

// Lasted is how long the incident has been open, in words: "less than a minute", "2h5m".
func (n Notice) Lasted() string {
	minutes := n.At.Sub(n.OpenedAt).Truncate(time.Minute)
	if minutes <= 0 {
		return "less than a minute"
	}
	return strings.TrimSuffix(minutes.String(), "0s")
}

func plural(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
