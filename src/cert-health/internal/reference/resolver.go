package reference

import (
	"slices"

	"cert-health/internal/cert"
)

// match is a secret with which a certificate may be compared.
type match struct {
	secret *Secret
	entry  *Entry // the entry to compare with; nil if only an older version matches
	past   int    // the index of that older version
}

// resolver finds secrets by their entries.
type resolver struct {
	asked      map[cert.IdentityDigest]Asked
	deployment string
	current    map[cert.Fingerprint][]match
	past       map[cert.Fingerprint][]match
	identity   map[cert.IdentityDigest][]match
	homes      map[home]bool
	revoked    map[cert.Mark][]Revocation      // by the serial number
	signers    map[cert.Mark]*cert.Certificate // deployed CAs, by their keys
}

func newResolver(k *Knowledge, deployment string, deployed []cert.Deployed) *resolver {
	r := &resolver{
		asked: k.Asked, deployment: deployment,
		current:  map[cert.Fingerprint][]match{},
		past:     map[cert.Fingerprint][]match{},
		identity: map[cert.IdentityDigest][]match{},
		homes:    map[home]bool{},
		revoked:  map[cert.Mark][]Revocation{},
		signers:  map[cert.Mark]*cert.Certificate{},
	}
	for i := range k.Secrets {
		r.add(&k.Secrets[i])
	}
	r.findHomes(deployed)
	r.findSigners(deployed)
	return r
}

func (r *resolver) add(s *Secret) {
	index(r.current, s, func(e *Entry) cert.Fingerprint { return e.Fingerprint })
	index(r.identity, s, func(e *Entry) cert.IdentityDigest { return e.IdentityDigest })
	for _, revocation := range s.Revoked {
		r.revoked[revocation.Serial] = append(r.revoked[revocation.Serial], revocation)
	}
	for i, version := range s.Older {
		for _, past := range version.Entries {
			if known := r.past[past.Fingerprint]; len(known) == 0 || known[len(known)-1].secret != s {
				r.past[past.Fingerprint] = append(known, match{secret: s, past: i})
			}
		}
	}
}

// index adds a secret under the key of each of its entries, once for each key.
func index[K comparable](into map[K][]match, s *Secret, key func(*Entry) K) {
	for i := range s.Entries {
		k := key(&s.Entries[i])
		if known := into[k]; len(known) == 0 || known[len(known)-1].secret != s {
			into[k] = append(known, match{secret: s, entry: &s.Entries[i]})
		}
	}
}

// candidates returns the secrets with which a certificate may be compared: none, one, or
// several that are equally good.
func (r *resolver) candidates(d *cert.Deployed) []match {
	c := d.Certificate
	if m, found := r.best(r.current[c.Fingerprint]); found {
		if own, withdrawn := r.ownSecret(c, m); withdrawn {
			return []match{own}
		}
		return []match{m}
	}
	if m, found := r.best(r.past[c.Fingerprint]); found {
		return []match{m}
	}
	all := r.identity[c.IdentityDigest()]
	matches := r.tellApart(r.preferOwn(existing(all), d), d)
	if len(fingerprints(matches)) > 1 {
		return matches[:min(len(matches), maxCandidates)]
	}
	if m, found := r.best(matches); found {
		return []match{m}
	}
	return all[:min(len(all), 1)]
}

// maxCandidates is the largest number of secrets that may be about one certificate. A Follower reads
// them all at each poll, and a report names them. A person who reads 16 paths has understood.
const maxCandidates = 16

// best returns the best secret. These are the criteria, the most important one first: the
// secret is not deleted; its current version is known; its path names the deployment; the
// certificate is not a copy in the secret of another one.
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
		if m.isCopy() {
			rank++
		}
		return rank
	}
	return slices.MinFunc(matches, func(a, b match) int { return rank(a) - rank(b) }), true
}

func existing(matches []match) []match {
	return slices.DeleteFunc(slices.Clone(matches), func(m match) bool { return m.secret.Deleted })
}

// fingerprints returns the fingerprints of the entries, each once: copies of one certificate
// at several paths are equally good.
func fingerprints(matches []match) []cert.Fingerprint {
	var fingerprints []cert.Fingerprint
	for _, m := range matches {
		if !slices.Contains(fingerprints, m.entry.Fingerprint) {
			fingerprints = append(fingerprints, m.entry.Fingerprint)
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
