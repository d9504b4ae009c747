// Package publication is the public half of secrets, written down: which certificates
// a secret holds and held, by fingerprint, dates and identity, and nothing of a key. It
// says how that is encoded into the small texts that a KV engine's custom metadata has
// room for; it reads and writes no store.
//
// docs/publishing.md describes the format, which is a promise to other readers.
package publication

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// Format is the first word of every publication.
const Format = "1"

// The limits of Vault's custom metadata.
const (
	MaxValues    = 64  // of one secret, everybody's together
	MaxValueSize = 512 // octets
)

// MaxVersions is how many older versions are published, where there is room.
const MaxVersions = 32

// keyPrefix sets our keys apart from other people's: cert-health.0, cert-health.1…
const keyPrefix = "cert-health."

// Document is what is published of one secret.
type Document struct {
	Version int       // of the secret, whose certificates Holds are; in an engine without versions, the how-manieth
	Created time.Time // of that version
	Holds   []Held    // in the order of keys and values
	Older   []Version // newest first
}

// Held is one certificate under one key.
type Held struct {
	Key string
	cert.Summary
}

// Version is an older version that was published.
type Version struct {
	Number  int
	Created time.Time
	Held    []Past
}

// Past is a certificate of an older version.
type Past struct {
	Fingerprint cert.Fingerprint
	Identity    cert.IdentityDigest
}

// ErrNone says that nothing is published.
var ErrNone = errors.New("nothing is published")

// Keep adds the version published before to the older ones, when it is one. The zero
// Document, of which nothing is known, adds nothing.
func (d *Document) Keep(before Document) {
	older := before.Older
	if before.Version > 0 && before.Version != d.Version {
		past := Version{Number: before.Version, Created: before.Created}
		for _, held := range before.Holds {
			past.Held = append(past.Held, Past{held.Fingerprint, held.Identity})
		}
		older = append([]Version{past}, older...)
	}
	for _, version := range older {
		known := func(v Version) bool { return v.Number == version.Number }
		if version.Number < d.Version && !slices.ContainsFunc(d.Older, known) {
			d.Older = append(d.Older, version)
		}
	}
	slices.SortFunc(d.Older, func(a, b Version) int { return b.Number - a.Number })
}

// HoldsSame tells whether both hold the same certificates under the same keys, as far
// as that is published.
func (d Document) HoldsSame(other Document) bool {
	return slices.EqualFunc(d.Holds, other.Holds, func(a, b Held) bool { return a.encode() == b.encode() })
}

// Identities are those of all certificates that are and were held, each once; that of
// the first certificate comes first.
func (d Document) Identities() []cert.IdentityDigest {
	var identities []cert.IdentityDigest
	enter := func(identity cert.IdentityDigest) {
		if !slices.Contains(identities, identity) {
			identities = append(identities, identity)
		}
	}
	for _, held := range d.Holds {
		enter(held.Identity)
	}
	for _, version := range d.Older {
		for _, past := range version.Held {
			enter(past.Identity)
		}
	}
	return identities
}

// Own returns the values among custom metadata that are ours, in their order.
func Own(custom map[string]string) []string {
	var values []string
	for number := 0; number < MaxValues; number++ {
		value, ok := custom[keyOf(number)]
		if !ok {
			break
		}
		values = append(values, value)
	}
	return values
}

// IsOwn tells whether a key of custom metadata is ours.
func IsOwn(key string) bool { return strings.HasPrefix(key, keyPrefix) }

func keyOf(number int) string { return keyPrefix + strconv.Itoa(number) }

// Change says what to set and what to unset in custom metadata so that our values
// become those given. Both are empty when nothing changes.
func Change(custom map[string]string, values []string) (set map[string]string, unset []string) {
	set = map[string]string{}
	ours := map[string]bool{}
	for number, value := range values {
		key := keyOf(number)
		ours[key] = true
		if custom[key] != value {
			set[key] = value
		}
	}
	for key := range custom {
		if IsOwn(key) && !ours[key] {
			unset = append(unset, key)
		}
	}
	slices.Sort(unset)
	return set, unset
}

// Room is how many values we may have beside other people's.
func Room(custom map[string]string) int {
	room := MaxValues
	for key := range custom {
		if !IsOwn(key) {
			room--
		}
	}
	return room
}
