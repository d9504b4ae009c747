package reference

import (
	"context"
	"time"

	"cert-health/internal/cert"
)

// Problem is a part of the store that was not seen.
type Problem struct {
	Path   string `json:"path,omitempty"` // full path in the store; empty when it concerns all of it
	Reason string `json:"reason"`
}

// State says whether the store could be asked.
type State string

// The states of a source.
const (
	OK          State = "ok"          // read, wholly or in part: see the Problems
	Unavailable State = "unavailable" // nothing could be read: nothing is known
	None        State = "none"        // no source is configured
)

// Answer is what a store said at one moment.
type Answer struct {
	State     State
	CheckedAt time.Time // zero when it is unavailable
	Error     string    // why it is unavailable
	Secrets   []Secret
	Missing   []Path // of the paths asked for: there is no such secret
	Delayed   []Path // of the paths asked for: the store was too busy to answer
	// Unsearched are those of the identities asked for that the store was too busy to
	// tell all about.
	Unsearched map[cert.IdentityDigest]bool
	Read       int // secrets read
	Requests   int // HTTP requests sent, retries included
	Problems   []Problem
	Access     Access
	// Credentials are what the source itself logs in with, as far as they end.
	Credentials []cert.Credential
}

// Access is what a source may do in its store, and how it reads.
type Access struct {
	Mode     string // "metadata" or "data"
	Known    bool   // the store told
	ReadData bool   // the source's token may read whole secrets, private keys included
}

// Store is where references are kept.
type Store interface {
	// Find looks everywhere for secrets that hold certificates of these
	// identities, or once held them.
	Find(ctx context.Context, identities map[cert.IdentityDigest]bool) *Answer
	// Read reads single secrets again, each with one request.
	Read(ctx context.Context, paths []Path) *Answer
	// History tells the older versions of a secret, newest first.
	History(ctx context.Context, secret Secret) ([]Version, error)
}
