package reference

import (
	"cmp"
	"context"
	"time"

	"cert-health/internal/cert"
)

// Store reads the secrets of one source.
type Store interface {
	// Name is the name of the product, as sentences use it: "Vault".
	Name() string
	// Find searches the whole store for secrets whose current or older versions contain a
	// certificate with one of these identity digests.
	Find(ctx context.Context, identities map[cert.IdentityDigest]bool) *Answer
	// Read reads single secrets again, with one request for each.
	Read(ctx context.Context, paths []Path) *Answer
	// History reads the older versions of a secret, newest first.
	History(ctx context.Context, secret Secret) ([]Version, error)
}

// State says whether a store could be read.
type State string

// The states of a store.
const (
	OK          State = "ok"          // it was read, completely or in part: see Answer.Problems
	Unavailable State = "unavailable" // nothing could be read
	None        State = "none"        // no store is configured
	NotAsked    State = "not_asked"   // it was not asked since the agent started
)

// Answer is the result of one call of a Store.
type Answer struct {
	State     State
	CheckedAt time.Time // zero if State is Unavailable
	Error     string    // why State is Unavailable
	Refused   string    // why the store refuses a credential or a configured path; empty if it refuses none
	Secrets   []Secret
	Missing   []Path // of the requested paths: there is no such secret
	Delayed   []Path // of the requested paths: the store was too busy to answer
	// Unsearched are the requested identity digests for which the search is not complete,
	// because the store was too busy.
	Unsearched map[cert.IdentityDigest]bool
	Read       int // number of secrets that were read
	Requests   int // number of HTTP requests that were sent, retries included
	Problems   []Problem
	Access     Access
	// Credentials are the credentials with which the store is read, if their end is known.
	Credentials []cert.Credential
}

// Problem says which part of a store could not be read, and why.
type Problem struct {
	Path   string `json:"path,omitempty"` // full path in the store; empty if the problem concerns the whole store
	Reason string `json:"reason"`
	// LastSeen is when the store last showed what could not be read now; zero if it never did.
	LastSeen time.Time `json:"last_seen,omitzero"`
	// Repeated says that every answer has the problem again, such as a wrong clock.
	Repeated bool `json:"-"`
}

// Access says how a store is read, and what its credential permits.
type Access struct {
	Mode     string // "metadata" or "data"
	Known    bool   // the store said what the credential permits
	ReadData bool   // the credential permits to read whole secrets, private keys included
}

// join adds the answer of a second call.
func (a *Answer) join(b *Answer) {
	a.Requests += b.Requests
	a.Read += b.Read
	a.Problems = append(a.Problems, b.Problems...)
	a.Refused = cmp.Or(a.Refused, b.Refused)
	if b.State != OK && b.Error != "" && len(b.Problems) == 0 {
		a.Problems = append(a.Problems, Problem{Reason: b.Error})
	}
}
