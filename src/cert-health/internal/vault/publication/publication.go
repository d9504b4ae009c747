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
	"cert-health/internal/reference"
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
	// Version is the number of the version that Entries belong to. In an engine without
	// versions it counts the publications of this secret.
	Version int
	Created time.Time           // of that version
	Entries []reference.Entry   // in the order of keys and values
	Older   []reference.Version // newest first
}

// ErrNone says that nothing is published.
var ErrNone = errors.New("nothing is published")

// Keep adds the version published before to the older ones, when it is one. The zero
// Document, of which nothing is known, adds nothing.
func (d *Document) Keep(before Document) {
	older := before.Older
	if before.Version > 0 && before.Version != d.Version {
		past := reference.PastVersion(before.Version, before.Created, before.Entries)
		older = append([]reference.Version{past}, older...)
	}
	for _, version := range older {
		known := func(v reference.Version) bool { return v.Number == version.Number }
		if version.Number < d.Version && !slices.ContainsFunc(d.Older, known) {
			d.Older = append(d.Older, version)
		}
	}
	slices.SortFunc(d.Older, func(a, b reference.Version) int { return b.Number - a.Number })
}

// SameEntries tells whether both hold the same certificates under the same keys, as far
// as that is published.
func (d Document) SameEntries(other Document) bool {
	return slices.EqualFunc(d.Entries, other.Entries, func(a, b reference.Entry) bool { return encodeEntry(a) == encodeEntry(b) })
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
	for _, held := range d.Entries {
		enter(held.Identity)
	}
	for _, version := range d.Older {
		for _, past := range version.Entries {
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
