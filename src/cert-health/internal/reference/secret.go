// Package reference says what should be deployed: the certificates that a store
// holds now, and how a deployed one relates to them. HashiCorp Vault, in the
// package below this one, is its first source.
package reference

import (
	"slices"
	"time"

	"cert-health/internal/cert"
)

// Path names one secret of a store.
type Path struct {
	Mount string `json:"mount"` // with its trailing slash
	Path  string `json:"path"`  // below the mount
}

// String is the path as `safe` and `vault kv get` take it.
func (p Path) String() string { return p.Mount + p.Path }

// Secret is what is known of one secret. Its certificates may be those of an
// older version than the current one, where the current one's are not published
// yet: then Known is less than Version.
type Secret struct {
	Path
	Version int       `json:"version,omitempty"`          // the current one; 0 when the store keeps none
	Behind  time.Time `json:"unpublished_since,omitzero"` // when the first version after Known was written
	Deleted bool      `json:"deleted,omitempty"`          // the current version, or all of the secret, is deleted
	Since   time.Time `json:"deleted_since,omitzero"`     // when; zero when the store does not tell
	Known   int       `json:"known,omitempty"`            // the version that is meant by what follows
	Created time.Time `json:"created,omitzero"`           // when it was written; zero when the store does not tell
	Entries []Entry   `json:"holds,omitempty"`            // in the order of keys and values
	Older   []Version `json:"older,omitempty"`            // newest first
	Whole   bool      `json:"whole_history,omitempty"`    // the store has no more to tell of older versions
	ReadAt  time.Time `json:"read_at,omitzero"`           // when the store last answered for it
}

// Entry is one certificate of a secret, under one of its keys.
type Entry struct {
	Key string `json:"key"`
	cert.Summary
}

// Version is an older version of a secret, by what may be known of it.
type Version struct {
	Number  int         `json:"version,omitempty"` // 0 when the store does not number them
	Created time.Time   `json:"created,omitzero"`
	Entries []PastEntry `json:"held,omitempty"` // none when it is deleted, or was never published
}

// PastEntry is a certificate that a secret held once.
type PastEntry struct {
	Fingerprint cert.Fingerprint    `json:"sha256"`
	Identity    cert.IdentityDigest `json:"identity"`
}

// PastVersion returns what is kept of a version after a newer one replaced it.
func PastVersion(number int, created time.Time, entries []Entry) Version {
	past := Version{Number: number, Created: created}
	for _, entry := range entries {
		past.Entries = append(past.Entries, PastEntry{entry.Fingerprint, entry.Identity})
	}
	return past
}

// current tells whether what is known of the secret is all that there is.
func (s *Secret) current() bool { return s.Known == s.Version }

// find returns the first of the held certificates that is meant by found, or nil.
func (s *Secret) find(found func(Entry) bool) *Entry {
	if i := slices.IndexFunc(s.Entries, found); i >= 0 {
		return &s.Entries[i]
	}
	return nil
}

// Concerns tells whether the secret holds, or once held, one of the identities.
func (s *Secret) Concerns(identities map[cert.IdentityDigest]bool) bool {
	return slices.ContainsFunc(s.Entries, func(h Entry) bool { return identities[h.Identity] }) ||
		slices.ContainsFunc(s.Older, func(v Version) bool {
			return slices.ContainsFunc(v.Entries, func(p PastEntry) bool { return identities[p.Identity] })
		})
}

// update returns what is known of a secret after a store was asked again: what it
// told before stays known, as older versions.
func (s *Secret) update(now Secret) Secret {
	if now.Known < s.Known || len(now.Entries) == 0 && now.Known == s.Known {
		// A publication that was taken back, or a version that was deleted.
		now.Known, now.Created, now.Entries = s.Known, s.Created, s.Entries
		now.Older = mergeVersions(now.Older, s.Older)
		now.Whole = now.Whole || s.Whole
		return now
	}
	older := s.Older
	if s.differs(&now) {
		older = append([]Version{PastVersion(s.Known, s.Created, s.Entries)}, older...)
	}
	now.Older = mergeVersions(now.Older, older)
	now.Whole = now.Whole || s.Whole && now.Known-s.Known <= 1
	return now
}

// differs tells whether a later answer is about another version. Where versions
// have no numbers, the certificates tell.
func (s *Secret) differs(now *Secret) bool {
	if s.Known != now.Known {
		return true
	}
	return now.Known == 0 && len(s.Entries) > 0 && !slices.Equal(s.Entries, now.Entries)
}

// maxVersions is how many older versions of a secret are remembered.
const maxVersions = 32

// mergeVersions joins two histories of one secret, each newest first. The first
// knows better, but for what it does not know at all.
func mergeVersions(now, before []Version) []Version {
	merged := slices.Clone(now)
	for _, version := range before {
		i := slices.IndexFunc(merged, func(v Version) bool {
			return v.Number == version.Number && v.Created.Equal(version.Created)
		})
		switch {
		case i < 0:
			merged = append(merged, version)
		case len(merged[i].Entries) == 0:
			merged[i].Entries = version.Entries
		}
	}
	slices.SortStableFunc(merged, func(a, b Version) int {
		if a.Number != b.Number {
			return b.Number - a.Number
		}
		return b.Created.Compare(a.Created)
	})
	return merged[:min(len(merged), maxVersions)]
}
