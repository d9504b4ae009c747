package catalog

import (
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Entry is one certificate with everything that is known about it. It must not be changed.
type Entry struct {
	inventory.Certificate
	State    State
	Severity verdict.Severity // of the gravest finding
	// Unverified says that no source can show now that the certificate is where it was seen.
	Unverified bool
	Findings   []Finding   // the gravest first
	Placements []Placement // those in use first, then by source and path
	// Acknowledged is the acknowledgement that holds now; nil if there is none.
	Acknowledged *inventory.Ack
	// Signer is the CA that signed it, as its signature proves. It is empty if that is not known, and
	// for a self-signed certificate.
	Signer     inventory.ID
	SelfSigned bool
	// Leaves is the number of leaves in use that chain to this CA; 0 for a leaf.
	Leaves int

	place  int32 // in View.entries
	search string
	facts  *facts
}

// InUse are the placements at which the certificate can be in use.
func (e *Entry) InUse() []Placement {
	for i := range e.Placements {
		if !e.Placements[i].State.InUse() {
			return e.Placements[:i]
		}
	}
	return e.Placements
}

// Placement is one place at which a certificate was seen.
type Placement struct {
	Source     string
	SourceType string
	Path       string // of the item
	Kind       string // of the item
	Place      string // within the item
	Version    string
	State      inventory.State
	Since      time.Time // when the version was written; zero when it is not known
	FirstSeen  time.Time
	LastSeen   time.Time
	// Unseen is why it cannot be seen now; empty if it can.
	Unseen string

	item *inventory.Stored
}

// Details are more that people want to know about the item, in the order to show.
func (p Placement) Details() []inventory.Detail {
	if p.item == nil {
		return nil
	}
	return p.item.Details
}

// Finding is something that is wrong with a certificate, or with an item of a source.
type Finding struct {
	inventory.Finding
	// Source and Path name the item that the finding is about. They are empty if it is about the
	// certificate at all its places.
	Source string `json:"source,omitempty"`
	Path   string `json:"path,omitempty"`
}

// facts are what is known of a certificate at any time. Views share them.
type facts struct {
	identity   cert.IdentityDigest
	selfSigned bool
	// signers are CAs of one key that signed the certificate.
	signers []inventory.ID
	tried   string // the CAs that were tried
	search  string // its names and numbers in lower case
}
