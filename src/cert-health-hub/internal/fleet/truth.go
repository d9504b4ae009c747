package fleet

import (
	"slices"

	"cert-health/internal/cert"
)

// truth is what all instances should have of one row.
type truth struct {
	known    bool // a store tells
	gone     bool // the store has no current version any more
	title    string
	required []string // fingerprints; empty if only the existence of a newer one is known
	accepted []string // may be there beside them
	number   int      // of the version; 0 if not known
	// begins and ends are the validity of the current certificate, and since is when it was written; 0
	// if not known.
	begins, ends, since int64
	held                map[string]bool // what the store holds or held
	hub                 *store          // what the hub's own source says; nil if it knows nothing
	rolledBack          bool            // the store went back to an older one
	own                 bool            // the hub's own source says it, and not an agent
}

// isCurrent tells whether a fingerprint is one that should be there.
func (t *truth) isCurrent(print string) bool {
	return slices.Contains(t.required, print) || slices.Contains(t.accepted, print)
}

// truthOf finds out what a row should be. The hub's own source is asked more seldom than agents
// compare: the highest version that anybody has seen counts.
func (b *builder) truthOf(row *Row, ca bool) truth {
	said := claims(row)
	at := b.in.Stores.get(place{row.Store, row.Key, ca})
	if row.Store == "" {
		at = nil
	}
	if at != nil && (said.number <= at.number() || at.number() == 0) {
		t := at.truth()
		for print := range said.held {
			t.held[print] = true
		}
		return t
	}
	said.hub = at
	if at != nil {
		// The store has a newer version than the hub has seen. An old one does not become current by that:
		// no instance clears another one. What was current stays so if no instance denies it: the newer
		// version may have changed another key of the secret, such as the serial number of a CA.
		denied := denials(row, at.number())
		said.required = slices.DeleteFunc(said.required, func(print string) bool {
			_, old := at.held[print]
			return old && (denied[print] || !at.holds(print))
		})
	}
	return said
}

// denials are the certificates that an instance does not call current, by versions that the hub has not seen.
func denials(row *Row, seen int) map[string]bool {
	denied := map[string]bool{}
	for _, s := range row.subjects {
		if s.said != nil && s.said.current > seen && s.said.state != cert.Current {
			denied[s.of.print] = true
		}
	}
	return denied
}

// holds tells whether the current version has a certificate.
func (s *store) holds(print string) bool {
	return slices.ContainsFunc(s.current, func(g generation) bool { return g.print == print })
}

// number is that of the current version; 0 without one.
func (s *store) number() int {
	if len(s.current) == 0 {
		return 0
	}
	return s.current[0].number
}

// truth is what the hub's own source says.
func (s *store) truth() truth {
	t := truth{known: true, own: true, title: s.title, gone: len(s.current) == 0, number: s.number(), accepted: s.beside, hub: s, held: map[string]bool{}}
	for _, g := range s.current {
		t.required = append(t.required, g.print)
		if len(t.required) == 1 || g.begins() > t.begins {
			t.begins, t.ends = g.notBefore, g.notAfter
		}
		t.since = max(t.since, g.since)
	}
	for print, g := range s.held {
		t.held[print] = true
		t.rolledBack = t.rolledBack || !t.gone && g.notBefore > t.begins && g.number < t.number
	}
	slices.Sort(t.required)
	return t
}

func (g generation) begins() int64 { return g.notBefore }

// claim is what an agent says of one certificate.
type claim struct {
	*relation
	*fact
}

// claims is what the agents' own sources say, of instances that report and of others: a version that was
// there once is followed by newer ones only.
func claims(row *Row) truth {
	var all []claim
	t := truth{held: map[string]bool{}}
	for _, s := range row.subjects {
		if s.said == nil {
			continue
		}
		c := claim{s.said, &s.of}
		all = append(all, c)
		if c.state == cert.Current || c.state == cert.Stale || c.state == cert.Unexpected {
			t.known, t.title, t.number = true, c.title, max(t.number, c.relation.current)
		}
		if c.state == cert.Current || c.state == cert.Stale && c.deployed > 0 {
			t.held[c.print] = true
		}
	}
	refuted := map[string]bool{}
	for _, c := range all {
		if c.relation.current != t.number || c.state != cert.Stale && c.state != cert.Unexpected {
			continue
		}
		refuted[c.print] = true
		t.since, t.ends = max(t.since, c.since), max(t.ends, c.relation.notAfter)
	}
	for _, c := range all {
		if c.state == cert.Current && c.relation.current == t.number && !refuted[c.print] && !slices.Contains(t.required, c.print) {
			t.required = append(t.required, c.print)
			t.begins, t.ends = max(t.begins, c.notBefore), max(t.ends, c.fact.notAfter)
		}
	}
	slices.Sort(t.required)
	for _, c := range all {
		t.rolledBack = t.rolledBack || c.state == cert.Stale && c.deployed > 0 && t.begins > 0 && c.notBefore > t.begins
	}
	return t
}
