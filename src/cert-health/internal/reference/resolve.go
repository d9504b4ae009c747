package reference

import (
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
)

// Resolve finds the references of deployed certificates among secrets. Those that
// the store was never asked about are not in the result: nobody may call them
// good or bad.
//
// The fingerprint decides first, in current versions and then in older ones. Only
// where it is nowhere, the identity does. Of several secrets that could be meant
// those are preferred whose path names the deployment.
func (k *Knowledge) Resolve(deployed []cert.Deployed, deployment string) map[cert.Fingerprint]cert.Reference {
	r := newResolver(k, deployment)
	references := make(map[cert.Fingerprint]cert.Reference, len(deployed))
	for _, d := range deployed {
		if reference, asked := r.resolve(d.Certificate); asked {
			references[d.Certificate.Fingerprint] = reference
		}
	}
	return references
}

// match is a secret that could be meant.
type match struct {
	secret *Secret
	held   *Entry // that is meant in what it holds; nil when it is about the past alone
	past   int    // index among its older versions
}

// resolver finds secrets by what they hold and held.
type resolver struct {
	asked      map[cert.IdentityDigest]Asked
	deployment string
	current    map[cert.Fingerprint][]match
	past       map[cert.Fingerprint][]match
	identity   map[cert.IdentityDigest][]match
}

func newResolver(k *Knowledge, deployment string) *resolver {
	r := &resolver{
		asked: k.Asked, deployment: deployment,
		current:  map[cert.Fingerprint][]match{},
		past:     map[cert.Fingerprint][]match{},
		identity: map[cert.IdentityDigest][]match{},
	}
	for i := range k.Secrets {
		r.add(&k.Secrets[i])
	}
	return r
}

func (r *resolver) add(s *Secret) {
	once(r.current, s.Entries, func(h *Entry) cert.Fingerprint { return h.Fingerprint }, s)
	once(r.identity, s.Entries, func(h *Entry) cert.IdentityDigest { return h.Identity }, s)
	for i, version := range s.Older {
		for _, past := range version.Entries {
			if known := r.past[past.Fingerprint]; len(known) == 0 || known[len(known)-1].secret != s {
				r.past[past.Fingerprint] = append(known, match{secret: s, past: i})
			}
		}
	}
}

// once enters a secret under each key of what it holds, however often it is there.
func once[K comparable](into map[K][]match, holds []Entry, key func(*Entry) K, s *Secret) {
	for i := range holds {
		k := key(&holds[i])
		if known := into[k]; len(known) == 0 || known[len(known)-1].secret != s {
			into[k] = append(known, match{secret: s, held: &holds[i]})
		}
	}
}

func (r *resolver) resolve(c *cert.Certificate) (reference cert.Reference, asked bool) {
	switch matches := r.judges(c); {
	case len(matches) > 1:
		return cert.Reference{State: cert.Ambiguous, Candidates: paths(matches)}, true
	case len(matches) == 0:
		_, asked = r.asked[c.IdentityDigest()]
		return cert.Reference{State: cert.Unknown}, asked
	case matches[0].held == nil:
		return older(matches[0], c.IdentityDigest()), true
	case matches[0].held.Fingerprint == c.Fingerprint:
		return held(matches[0]), true
	default:
		return sameIdentity(matches[0], c), true
	}
}

// judges are the secrets by which a certificate is judged: one, or several when
// nobody can tell which of them is meant.
func (r *resolver) judges(c *cert.Certificate) []match {
	if m, found := r.best(r.current[c.Fingerprint]); found {
		return []match{m}
	}
	if m, found := r.best(r.past[c.Fingerprint]); found {
		return []match{m}
	}
	all := r.identity[c.IdentityDigest()]
	matches := r.narrow(live(all))
	if len(distinct(matches)) > 1 {
		return matches
	}
	if m, found := r.best(matches); found {
		return []match{m}
	}
	return all[:min(len(all), 1)]
}

// best is the secret that is meant most likely: a living one before a deleted
// one, one whose current version is known before one that is behind, one of the
// own deployment before others', and where it is what the secret is about before
// one to which it was copied.
func (r *resolver) best(matches []match) (match, bool) {
	if len(matches) == 0 {
		return match{}, false
	}
	rank := func(m match) int {
		rank := 0
		if m.secret.Deleted {
			rank += 8
		}
		if !m.secret.current() {
			rank += 4
		}
		if !r.own(m) {
			rank += 2
		}
		if m.held != nil && m.held != &m.secret.Entries[0] {
			rank++
		}
		return rank
	}
	return slices.MinFunc(matches, func(a, b match) int { return rank(a) - rank(b) }), true
}

// own tells whether the secret's path names the deployment.
func (r *resolver) own(m match) bool {
	return r.deployment != "" && slices.Contains(strings.Split(m.secret.String(), "/"), r.deployment)
}

// narrow keeps the own deployment's secrets, where there are any.
func (r *resolver) narrow(matches []match) []match {
	own := slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return !r.own(m) })
	if len(own) > 0 {
		return own
	}
	return matches
}

func live(matches []match) []match {
	return slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return m.secret.Deleted })
}

// held is the reference of a certificate that stands in the newest version that
// is known.
func held(m match) cert.Reference {
	reference := found(m)
	reference.DeployedVersion = m.secret.Known
	switch {
	case m.secret.Deleted:
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	case !m.secret.current():
		reference.State, reference.Since = cert.Behind, m.secret.Behind
	default:
		reference.State = cert.Current
	}
	return reference
}

// older is the reference of a certificate that stands in an older version. What
// took its place is the one of its identity, or else the first under any key.
func older(m match, identity cert.IdentityDigest) cert.Reference {
	version := m.secret.Older[m.past]
	m.held = m.secret.find(func(h Entry) bool { return h.Identity == identity })
	if m.held == nil && len(m.secret.Entries) > 0 {
		m.held = &m.secret.Entries[0]
	}
	reference := found(m)
	reference.State = cert.Stale
	reference.DeployedVersion = version.Number
	reference.Since = m.secret.successor(m.past)
	if m.secret.Deleted {
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	}
	return reference
}

// successor is when the version was written that followed an older one.
func (s *Secret) successor(past int) time.Time {
	if past > 0 {
		return s.Older[past-1].Created
	}
	return s.Created
}

// sameIdentity is the reference of a certificate that the secret has never held,
// as far as anybody knows, while it holds one of the same identity. A newer one has
// most likely taken its place; an older one cannot have, so what is deployed came
// from elsewhere. Where a version is not published yet, it may be that.
func sameIdentity(m match, c *cert.Certificate) cert.Reference {
	reference := found(m)
	reference.Since = m.secret.Created
	switch {
	case m.secret.Deleted:
		reference.State, reference.Since = cert.Deleted, m.secret.Since
	case !m.secret.current():
		reference.State, reference.Since = cert.Behind, m.secret.Behind
	case m.held.NotBefore.After(c.NotBefore):
		reference.State = cert.Stale
	default:
		reference.State = cert.Unexpected
	}
	return reference
}

// found is what all references to a secret have in common.
func found(m match) cert.Reference {
	reference := cert.Reference{Mount: m.secret.Mount, Path: m.secret.Path.Path, CurrentVersion: m.secret.Version, Written: m.secret.Created}
	if m.held != nil {
		summary := m.held.Summary
		reference.Key, reference.Current, reference.Bundle = m.held.Key, &summary, m.secret.bundle(m.held.Key)
	}
	return reference
}

// bundle is all that a key holds, when that is several CAs and nothing else.
func (s *Secret) bundle(key string) []cert.Summary {
	var members []cert.Summary
	for _, held := range s.Entries {
		switch {
		case held.Key != key:
		case !held.CA:
			return nil
		default:
			members = append(members, held.Summary)
		}
	}
	if len(members) < 2 {
		return nil
	}
	return members
}

// distinct drops the copies of one certificate at several paths: they are no
// ambiguity.
func distinct(matches []match) []cert.Fingerprint {
	var fingerprints []cert.Fingerprint
	for _, m := range matches {
		if !slices.Contains(fingerprints, m.held.Fingerprint) {
			fingerprints = append(fingerprints, m.held.Fingerprint)
		}
	}
	return fingerprints
}

func paths(matches []match) []string {
	var names []string
	for _, m := range matches {
		names = append(names, m.secret.String())
	}
	slices.Sort(names)
	return slices.Compact(names)
}
