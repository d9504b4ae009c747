// Package publication encodes and decodes publications: the fingerprints, dates and identity
// digests of the certificates in a secret and its older versions. It contains no part of a
// private key. A publication fits into the small values of the custom metadata of a KV engine.
// The package does no I/O.
//
// docs/publishing.md describes the format, which other programs may read.
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
	MaxValues    = 64  // number of values of one secret, with those of other programs
	MaxValueSize = 512 // bytes
)

// MaxVersions is the largest number of older versions that are published.
const MaxVersions = 32

// keyPrefix is the prefix of the keys of a publication: cert-health.0, cert-health.1…
const keyPrefix = "cert-health."

// Document is what is published of one secret.
type Document struct {
	// Version is the number of the version that Entries belong to. In an engine without
	// versions it counts the publications of this secret.
	Version int
	Created time.Time              // of that version
	Entries []reference.Entry      // in the order of keys and values
	Revoked []reference.Revocation // by the CAs among Entries, newest first
	Older   []reference.Version    // newest first
}

// ErrNone says that nothing is published.
var ErrNone = errors.New("nothing is published")

// Keep adds the versions of an earlier document to the older versions. The zero Document adds
// nothing.
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
	slices.SortStableFunc(d.Older, func(a, b reference.Version) int { return b.Number - a.Number })
}

// SameEntries tells whether both documents have the same certificates under the same keys.
func (d Document) SameEntries(other Document) bool {
	return slices.EqualFunc(d.Entries, other.Entries, func(a, b reference.Entry) bool {
		return keyName(a.Key) == keyName(b.Key) && a.Fingerprint == b.Fingerprint
	})
}

// IdentityDigests returns the identity digests of all entries, current and past, each once. The
// digest of the first entry comes first.
func (d Document) IdentityDigests() []cert.IdentityDigest {
	var identities []cert.IdentityDigest
	add := func(identity cert.IdentityDigest) {
		if !slices.Contains(identities, identity) {
			identities = append(identities, identity)
		}
	}
	for _, held := range d.Entries {
		add(held.IdentityDigest)
	}
	for _, version := range d.Older {
		for _, past := range version.Entries {
			add(past.IdentityDigest)
		}
	}
	return identities
}

// Own returns the values of a publication in custom metadata, in their order.
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

// IsOwn tells whether a key of custom metadata belongs to a publication.
func IsOwn(key string) bool { return strings.HasPrefix(key, keyPrefix) }

func keyOf(number int) string { return keyPrefix + strconv.Itoa(number) }

// Change returns what to set and to unset in custom metadata so that the publication has these
// values. Both are empty if nothing changes.
func Change(custom map[string]string, values []string) (set map[string]string, unset []string) {
	set = map[string]string{}
	own := map[string]bool{}
	for number, value := range values {
		key := keyOf(number)
		own[key] = true
		if custom[key] != value {
			set[key] = value
		}
	}
	for key := range custom {
		if IsOwn(key) && !own[key] {
			unset = append(unset, key)
		}
	}
	slices.Sort(unset)
	return set, unset
}

// Room returns how many values a publication may have beside the values of other programs.
func Room(custom map[string]string) int {
	room := MaxValues
	for key := range custom {
		if !IsOwn(key) {
			room--
		}
	}
	return room
}
