// Package reference says what should be deployed: the certificates that a store
// holds now, and how a deployed one relates to them. HashiCorp Vault, in the
// package below this one, is its first source.
package reference

import (
	"time"

	"cert-health/internal/cert"
)

// Entry is one certificate in one secret's current version. The same certificate
// under several keys of one secret is one entry.
type Entry struct {
	Certificate *cert.Certificate
	Mount       string // with its trailing slash
	Path        string // below the mount
	Key         string
	Version     int       // 0 when the store keeps none
	Created     time.Time // of that version; zero when the store does not tell
}

// Version is an older version of a secret, by what may be known of it.
type Version struct {
	Number       int
	Created      time.Time
	Fingerprints []cert.Fingerprint // none when the version was deleted
}

// Problem is a part of the store that was not seen.
type Problem struct {
	Path   string // full path in the store; empty when it concerns all of it
	Reason string
}

// State says whether the store could be asked.
type State string

// The states of a source.
const (
	OK          State = "ok"          // read, wholly or in part: see the Problems
	Unavailable State = "unavailable" // nothing could be read: nothing is known
	None        State = "none"        // no source is configured
)

// Snapshot is what a source said at one moment.
type Snapshot struct {
	Source    string // "vault"; empty when there is none
	State     State
	CheckedAt time.Time // when it last answered; zero when it never did
	Error     string    // why it is unavailable
	Entries   []Entry
	Secrets   int // secrets read
	Requests  int // HTTP requests sent, retries included
	Problems  []Problem
}

// index finds entries by what they are.
type index struct {
	byFingerprint map[cert.Fingerprint][]Entry
	byIdentity    map[cert.Identity][]Entry
}

func newIndex(entries []Entry) index {
	i := index{
		byFingerprint: make(map[cert.Fingerprint][]Entry, len(entries)),
		byIdentity:    make(map[cert.Identity][]Entry, len(entries)),
	}
	for _, entry := range entries {
		fingerprint, identity := entry.Certificate.Fingerprint, entry.Certificate.Identity()
		i.byFingerprint[fingerprint] = append(i.byFingerprint[fingerprint], entry)
		i.byIdentity[identity] = append(i.byIdentity[identity], entry)
	}
	return i
}
