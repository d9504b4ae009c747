package fleet

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unique"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
)

// subject is what many instances hold in common.
type subject struct {
	of       fact
	said     *relation // nil: no agent compares it
	row      *Row
	position int32 // in the row
}

// link finds out which places the certificates have in stores. An instance whose agent compares nothing
// has the same certificates as its neighbours.
func (b *builder) link() {
	done := map[pair]bool{}
	pairs := []pair{}
	for _, i := range b.list {
		if i.member == nil || i.Standing == inventory.Deleted {
			continue
		}
		for n := range i.member.held {
			h := &i.member.held[n]
			if p := (pair{h.fact, h.relation}); !done[p] {
				done[p] = true
				pairs = append(pairs, p)
				if at, named := placeOf(p); named {
					b.used[at] = true
				}
			}
		}
	}
	for _, p := range pairs {
		if at, known := b.placeIn(p); known {
			identity := p.fact.Value().identity
			if b.links[identity] == nil {
				b.links[identity] = map[place]bool{}
			}
			b.links[identity][at] = true
		}
	}
}

// placeOf is the place that the agent names.
func placeOf(p pair) (place, bool) {
	if p.relation == (unique.Handle[relation]{}) {
		return place{}, false
	}
	r := p.relation.Value()
	if r.path == "" || r.state == cert.Unknown || r.state == cert.Ambiguous {
		return place{}, false
	}
	return place{r.path, r.key, p.fact.Value().role != cert.Leaf}, true
}

// placeIn is the place in a store.
func (b *builder) placeIn(p pair) (place, bool) {
	if at, named := placeOf(p); named {
		return at, true
	}
	f := p.fact.Value()
	return b.in.Stores.find(f.print, f.role != cert.Leaf, b.Name, b.used)
}

// place gives each certificate of each instance to its row. What deleted instances had makes no row.
func (b *builder) place() {
	for position, i := range b.list {
		if i.member == nil || i.Standing == inventory.Deleted {
			continue
		}
		for n := range i.member.held {
			h := &i.member.held[n]
			p := pair{h.fact, h.relation}
			s := b.subjects[p]
			if s == nil {
				s = b.subject(p)
				b.subjects[p] = s
			}
			s.row.entries = append(s.row.entries, entry{int32(position), int32(n), s.position})
		}
	}
}

// subject makes the subject of a pair, and adds it to its row.
func (b *builder) subject(p pair) *subject {
	row := b.rowOf(p)
	s := &subject{of: p.fact.Value(), row: row, position: int32(len(row.subjects))}
	if p.relation != (unique.Handle[relation]{}) {
		r := p.relation.Value()
		s.said = &r
	}
	row.subjects = append(row.subjects, s)
	return s
}

func (b *builder) rowOf(p pair) *Row {
	f := p.fact.Value()
	at, known := b.placeIn(p)
	if links := b.links[f.identity]; !known && len(links) == 1 {
		for at = range links {
			known = true
		}
	}
	identity := "identity\x00" + f.identity.Value()
	if known {
		identity = strings.Join([]string{"store", at.path, at.key, classOf(at.ca)}, "\x00")
	}
	row := b.rows[identity]
	if row == nil {
		sum := sha256.Sum256([]byte(b.Name + "\x00" + identity))
		row = &Row{ID: hex.EncodeToString(sum[:10]), Deployment: b.Name, Store: at.path, Key: at.key, States: map[State]int{}}
		b.rows[identity] = row
	}
	return row
}

func classOf(ca bool) string {
	if ca {
		return "ca"
	}
	return "leaf"
}
