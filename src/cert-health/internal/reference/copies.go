package reference

import (
	"slices"

	"cert-health/internal/cert"
)

// A secret is often not only about one certificate: the secret of a leaf also contains its
// CA, as a copy. When the CA is renewed, its own secret changes first and the copies later.

// copies tells whether an entry is a CA in the secret of a leaf. Several CAs under one key
// are no copy: somebody put them together.
func (s *Secret) copies(e *Entry) bool {
	return e.CA && len(s.bundle(e.Key)) == 0 && s.hasLeaf()
}

func (s *Secret) hasLeaf() bool {
	return s.find(func(e Entry) bool { return !e.CA }) != nil
}

// about tells whether a version contains one certificate and no other.
func (v *Version) about() bool {
	return len(v.Entries) > 0 && !slices.ContainsFunc(v.Entries, func(e PastEntry) bool { return e.Fingerprint != v.Entries[0].Fingerprint })
}

// isCopy tells whether a match is a copy in the secret of another certificate.
func (m match) isCopy() bool {
	if m.entry == nil {
		return !m.secret.Older[m.past].about()
	}
	return m.secret.copies(m.entry) || m.entry != &m.secret.Entries[0]
}

// ownSecret finds the secret that is about a CA and now contains its successor, although the
// secret of a leaf still contains a copy of the CA.
func (r *resolver) ownSecret(c *cert.Certificate, copied match) (match, bool) {
	if !copied.secret.copies(copied.entry) {
		return match{}, false
	}
	return r.best(slices.DeleteFunc(slices.Clone(r.past[c.Fingerprint]), func(m match) bool {
		return m.isCopy() || m.secret.Deleted || !m.secret.current() || m.secret.hasLeaf() || len(m.secret.Entries) == 0 ||
			r.own(copied) && !r.own(m)
	}))
}

// onlyCopied tells whether the current versions contain a CA only as a copy.
func (r *resolver) onlyCopied(c *cert.Certificate) bool {
	m, found := r.best(r.current[c.Fingerprint])
	return found && m.secret.copies(m.entry)
}
