package inventory

import (
	"context"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// Source is a place where certificates are looked for. A Source is used by one goroutine.
type Source interface {
	// Collect looks at everything that the source has. known is what the last collections saw.
	//
	// It returns an error if the source as a whole could not be asked; then nothing is known to have
	// changed. What could not be seen of a source that answers is in Collection.Unseen.
	//
	// An error has one sentence with the cause and the remedy, and quotes no credential. It stays the
	// same as long as the cause does.
	Collect(ctx context.Context, known Known) (*Collection, error)
}

// Known is what earlier collections of the same source have seen.
type Known interface {
	// Item returns the item at a path as it was last seen.
	Item(path string) (Item, bool)
	// Certificate returns a certificate that any source has shown, so that it need not be read again.
	Certificate(id ID) (Certificate, bool)
}

// Collection is what one pass over a source has seen. An item that is neither in Items nor covered
// by Unseen is gone.
type Collection struct {
	// Items are all items that were seen. An item whose version has not changed is repeated as
	// Known returned it.
	Items []Item
	// Certificates are those of the items that Known does not have. More do no harm.
	Certificates []Certificate
	// Unseen are the parts that were not seen. An item of Items with exactly the path of one is kept as
	// it is there, with its findings, and counts as not seen.
	Unseen []Unseen
	// Credentials are what the hub logs in with, and when that ends.
	Credentials []cert.Credential
	Requests    int // how many requests it took
}

// Unseen is a part of a source that a collection could not see. The items there stay as they were
// last seen.
type Unseen struct {
	// Path is an item, or if it ends with a slash everything below it. It is empty for the whole source.
	Path string `json:"path"`
	// Reason is one sentence with the cause and the remedy.
	Reason string `json:"reason"`
}

// Covers tells whether the item at a path could not be seen.
func (u Unseen) Covers(path string) bool {
	if u.Path == "" || strings.HasSuffix(u.Path, "/") {
		return strings.HasPrefix(path, u.Path)
	}
	return path == u.Path
}

// Health is how a source is.
type Health struct {
	Name        string        `json:"name"`
	Type        string        `json:"type"` // vault, credhub, opsman, director, tls
	Interval    time.Duration `json:"-"`
	LastAttempt time.Time     `json:"last_attempt,omitzero"`
	LastSuccess time.Time     `json:"last_success,omitzero"` // of a collection that saw at least a part
	NextAttempt time.Time     `json:"next_attempt,omitzero"`
	// Error is why the last collection failed as a whole; empty if it did not.
	Error string `json:"error,omitempty"`
	// Failures is the number of collections that failed since the last success.
	Failures    int               `json:"failures,omitempty"`
	Unseen      []Unseen          `json:"unseen,omitempty"`
	Credentials []cert.Credential `json:"-"`
	Items       int               `json:"items"`
	Requests    int               `json:"requests"` // of the last collection
	Took        time.Duration     `json:"-"`        // of the last collection
	Running     bool              `json:"running,omitempty"`
}

// Stored is an item as it is kept: what was last seen of it, and when.
type Stored struct {
	Source string
	Item
	FirstSeen time.Time
	LastSeen  time.Time // by a collection that could see it
	// Unseen is why the last collection could not see it; empty if it did.
	Unseen string
}
