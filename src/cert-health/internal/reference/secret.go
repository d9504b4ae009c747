// Package reference knows which certificates should be deployed: those that a store holds
// now. It says how a deployed certificate relates to them. The stores themselves are in
// packages of their own; HashiCorp Vault is the first.
package reference

import (
	"slices"
	"time"

	"cert-health/internal/cert"
)

// Secret is what is known of one secret. Its entries belong to an older version than the
// current one if the current one is not published yet: then Known is less than Version.
type Secret struct {
	Path
	Version int          `json:"version,omitempty"`          // number of the current version; 0 if the store has no versions
	Behind  time.Time    `json:"unpublished_since,omitzero"` // when the first version after Known was written
	Deleted bool         `json:"deleted,omitempty"`          // the current version, or the whole secret, is deleted
	Since   time.Time    `json:"deleted_since,omitzero"`     // when it was deleted; zero if unknown
	Known   int          `json:"known,omitempty"`            // number of the version to which Created and Entries belong
	Created time.Time    `json:"created,omitzero"`           // when that version was written; zero if unknown
	Entries []Entry      `json:"holds,omitempty"`            // in the order of keys and values
	Revoked []Revocation `json:"revoked,omitempty"`          // by the CAs among Entries
	Older   []Version    `json:"older,omitempty"`            // newest first
	Whole   bool         `json:"whole_history,omitempty"`    // Older is complete, as far as the store knows
	ReadAt  time.Time    `json:"read_at,omitzero"`           // when the store last answered for this secret
	Unread  string       `json:"unread,omitempty"`           // why the store did not show it when it was last asked; empty if it did
}

// current tells whether the current version is known.
func (s *Secret) current() bool { return s.Known == s.Version }

// find returns the first entry for which match is true, or nil.
func (s *Secret) find(match func(Entry) bool) *Entry {
	if i := slices.IndexFunc(s.Entries, match); i >= 0 {
		return &s.Entries[i]
	}
	return nil
}

// Concerns tells whether an entry of the secret, current or past, has one of the identity
// digests.
func (s *Secret) Concerns(identities map[cert.IdentityDigest]bool) bool {
	return slices.ContainsFunc(s.Entries, func(e Entry) bool { return identities[e.IdentityDigest] }) ||
		slices.ContainsFunc(s.Older, func(v Version) bool {
			return slices.ContainsFunc(v.Entries, func(p PastEntry) bool { return identities[p.IdentityDigest] })
		})
}

// bundle returns the certificates under a key if they are several CAs and nothing else.
func (s *Secret) bundle(key string) []cert.Summary {
	var members []cert.Summary
	for _, entry := range s.Entries {
		switch {
		case entry.Key != key:
		case !entry.CA:
			return nil
		default:
			members = append(members, entry.Summary)
		}
	}
	if len(members) < 2 {
		return nil
	}
	return members
}

// successor returns when the version was written that followed Older[past].
func (s *Secret) successor(past int) time.Time {
	if past > 0 {
		return s.Older[past-1].Created
	}
	return s.Created
}

// update returns what is known of a secret after a new answer. What is known from before
// stays known, as older versions.
func (s *Secret) update(now Secret) Secret {
	if now.Known < s.Known || len(now.Entries) == 0 && (now.Deleted || now.Known == s.Known) {
		// A publication was replaced by an older one, or a version was deleted.
		now.Known, now.Created, now.Entries, now.Revoked = s.Known, s.Created, s.Entries, s.Revoked
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

// differs tells whether a later answer is about another version. If versions have no
// numbers, it compares the entries.
func (s *Secret) differs(now *Secret) bool {
	if s.Known != now.Known {
		return true
	}
	return now.Known == 0 && len(s.Entries) > 0 && !slices.EqualFunc(s.Entries, now.Entries, Entry.same)
}

// maxVersions is the number of older versions that are kept of a secret.
const maxVersions = 32

// mergeVersions joins two histories of one secret, each newest first. If both contain a
// version, the first one wins, unless it has no entries of that version.
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
