package verdict

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"cert-health/internal/cert"
)

// unusedGroup are the members of a trust store to which no leaf of the VM chains and which are
// expired or expiring. They are one finding, of one of them.
type unusedGroup struct {
	store    *trustStore
	expired  []*cert.Certificate
	expiring []*cert.Certificate
	first    *cert.Certificate // has the finding
}

// unusedValidity is the finding of a member to which no leaf of the VM chains; nil if the
// finding of another member is about it too.
func (j *judge) unusedValidity(s subject, where place, code Code) *draft {
	d := &draft{code: code, severity: Info}
	if code == NotYetValid || j.policy.ignored(code, where, j.facts.Now) != nil {
		d.relief = relief{kind: unused}
		return d
	}
	group := j.unusedGroup(j.trustStoreAt(where))
	if group.first != s.Certificate {
		return nil
	}
	d.relief = relief{kind: unused, group: group}
	return d
}

// unusedGroup collects the members of a trust store once.
func (j *judge) unusedGroup(store *trustStore) *unusedGroup {
	if store.group != nil {
		return store.group
	}
	g := &unusedGroup{store: store}
	store.group = g
	seen := map[*cert.Certificate]bool{}
	for _, m := range store.members {
		s, at := j.subject(m.Deployed), placeOf(m.at, m.Certificate)
		code := j.validityCode(s.Certificate, j.policy.at(at))
		if code == "" || code == NotYetValid || seen[s.Certificate] || j.policy.ignored(code, at, j.facts.Now) != nil || !j.unused(s, at) {
			continue
		}
		seen[s.Certificate] = true
		if code == Expired {
			g.expired = append(g.expired, s.Certificate)
		} else {
			g.expiring = append(g.expiring, s.Certificate)
		}
		if g.first == nil || earlier(s.Certificate, g.first) {
			g.first = s.Certificate
		}
	}
	return g
}

// earlier tells which of two certificates ends first. The order of the places does not matter:
// the same certificates may stand in several trust stores, and they are one finding all the same.
func earlier(a, b *cert.Certificate) bool {
	return cmp.Or(a.NotAfter.Compare(b.NotAfter), bytes.Compare(a.Fingerprint[:], b.Fingerprint[:])) < 0
}

// words tell about all members of a group in one sentence.
func (g *unusedGroup) words() string {
	var parts []string
	for _, part := range []struct {
		members []*cert.Certificate
		verbs   [2]string
	}{{g.expired, [2]string{"has expired", "have expired"}}, {g.expiring, [2]string{"expires soon", "expire soon"}}} {
		if count := len(part.members); count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", count, part.verbs[min(count-1, 1)], list(names(part.members))))
		}
	}
	return fmt.Sprintf("of the %d CAs in %s, %s", g.store.size(), g.store.name, strings.Join(parts, " and "))
}

// size is the number of different CAs.
func (s *trustStore) size() int {
	seen := map[*cert.Certificate]bool{}
	for _, m := range s.members {
		seen[m.Certificate] = true
	}
	return len(seen)
}

func names(certificates []*cert.Certificate) []string {
	var names []string
	for _, c := range certificates {
		names = append(names, c.Name())
	}
	return names
}
