package inventory

import "time"

// Contents is all that is kept: what the database holds, and what the catalog is made of.
type Contents struct {
	Sources      []Health
	Items        []Stored
	Certificates []Certificate // at least those of the items; a sighting without its certificate is left out
	Acks         []Ack
	// Sequence is the number of the last change that is in the contents. It is 0 outside a database.
	Sequence int64
}

// Ack is an acknowledgement: people know about the findings of a certificate, and are not reminded of
// them until a time. The findings stay visible.
type Ack struct {
	Certificate ID        `json:"certificate"`
	Until       time.Time `json:"until"`
	Reason      string    `json:"reason"`
	By          string    `json:"by"`
	At          time.Time `json:"at,omitzero"`
}

// Holds tells whether the acknowledgement holds at a time.
func (a Ack) Holds(now time.Time) bool { return now.Before(a.Until) }
