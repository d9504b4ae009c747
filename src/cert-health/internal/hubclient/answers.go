package hubclient

import (
	"time"

	"cert-health/internal/verdict"
)

// Certificates is a list.
type Certificates struct {
	Certificates []Certificate  `json:"certificates"`
	Total        int            `json:"total"`
	Counts       map[string]int `json:"counts"` // by state
	Next         string         `json:"next,omitempty"`
}

// Worst is the gravest severity of the list.
func (c *Certificates) Worst() (worst verdict.Severity) {
	for i := range c.Certificates {
		worst = max(worst, c.Certificates[i].Severity)
	}
	return worst
}

// Certificate is a certificate as the hub knows it. The last fields are set if it was asked for alone.
type Certificate struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Subject      string           `json:"subject"`
	Issuer       string           `json:"issuer"`
	Serial       string           `json:"serial"`
	SANs         []string         `json:"sans"`
	NotBefore    time.Time        `json:"not_before,omitzero"`
	NotAfter     time.Time        `json:"not_after,omitzero"`
	CA           bool             `json:"ca"`
	Key          string           `json:"key"`
	State        string           `json:"state"`
	Severity     verdict.Severity `json:"severity"`
	Unverified   bool             `json:"unverified"`
	Placements   []Placement      `json:"placements"`
	More         int              `json:"more_placements,omitempty"`
	Findings     []Finding        `json:"findings"`
	Acknowledged *Ack             `json:"acknowledged,omitempty"`

	Signer     string     `json:"signer,omitempty"`
	SignerName string     `json:"signer_name,omitempty"`
	SelfSigned bool       `json:"self_signed,omitempty"`
	Leaves     int        `json:"leaves,omitempty"`
	Siblings   []Relation `json:"siblings,omitempty"`
	Signs      []Relation `json:"signs,omitempty"`
	SignsTotal int        `json:"signs_total,omitempty"`
	Fleet      []FleetRow `json:"fleet,omitempty"` // the VMs that should have it or have it
}

// Placement is where a certificate is.
type Placement struct {
	Source    string    `json:"source"`
	Type      string    `json:"type"`
	Path      string    `json:"path"`
	Place     string    `json:"place,omitempty"`
	Version   string    `json:"version,omitempty"`
	State     string    `json:"state"`
	Since     time.Time `json:"since,omitzero"`
	FirstSeen time.Time `json:"first_seen,omitzero"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	Unseen    string    `json:"unseen,omitempty"`
	Details   []Detail  `json:"details,omitempty"`
}

// Detail is one named value.
type Detail struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Finding is something that is wrong, with what to do.
type Finding struct {
	Code     string           `json:"code"`
	Severity verdict.Severity `json:"severity"`
	Message  string           `json:"message"`
	Why      string           `json:"why,omitempty"`
	Steps    []verdict.Step   `json:"steps"`
	Source   string           `json:"source,omitempty"`
	Path     string           `json:"path,omitempty"`
}

// Ack is an acknowledgement.
type Ack struct {
	Certificate string    `json:"certificate"`
	Name        string    `json:"name,omitempty"`
	Until       time.Time `json:"until"`
	Reason      string    `json:"reason"`
	By          string    `json:"by"`
	At          time.Time `json:"at,omitzero"`
}

// Relation is another certificate.
type Relation struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"`
	NotAfter time.Time `json:"not_after,omitzero"`
}

// Source is how a source is.
type Source struct {
	Name        string         `json:"name"`
	Type        string         `json:"type"`
	State       string         `json:"state"` // ok, partial, failing, stale, never
	Reason      string         `json:"reason,omitempty"`
	LastAttempt time.Time      `json:"last_attempt,omitzero"`
	LastSuccess time.Time      `json:"last_success,omitzero"`
	NextAttempt time.Time      `json:"next_attempt,omitzero"`
	Error       string         `json:"error,omitempty"`
	Failures    int            `json:"failures,omitempty"`
	Unseen      []Unseen       `json:"unseen"`
	UnseenTotal int            `json:"unseen_total"`
	Items       int            `json:"items"`
	Requests    int            `json:"requests"`
	Seconds     float64        `json:"seconds"`
	Running     bool           `json:"running"`
	Counts      map[string]int `json:"counts,omitempty"`
	Findings    []Finding      `json:"findings"`
}

// Unseen is a part of a source that could not be seen.
type Unseen struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Severity is how grave the state of a source is.
func (s *Source) Severity() (worst verdict.Severity) {
	switch s.State {
	case "failing", "stale":
		worst = verdict.Error
	case "partial", "never":
		worst = verdict.Warning
	}
	for _, f := range s.Findings {
		worst = max(worst, f.Severity)
	}
	return worst
}

// Summary are the numbers of everything.
type Summary struct {
	At       time.Time      `json:"at"`
	Total    int            `json:"total"`
	Counts   map[string]int `json:"counts"`
	Sources  map[string]int `json:"sources"`
	Problems []Finding      `json:"problems"`
	Worst    []Certificate  `json:"worst"`
}

// Severity is the gravest severity in the summary.
func (s *Summary) Severity() verdict.Severity {
	worst := (&Certificates{Certificates: s.Worst}).Worst()
	for _, f := range s.Problems {
		worst = max(worst, f.Severity)
	}
	return worst
}
