package fleet

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/reference"
	"cert-health/internal/verdict"
)

// Stores are what the hub's own sources hold. They must not be changed.
type Stores struct {
	byPlace map[place]*store
	byPrint map[string][]*store
}

// place is the full path of a secret, a key in it, and whether CAs are meant there: a key may hold a leaf
// with its chain.
type place struct {
	path, key string
	ca        bool
}

// store is one place of a store.
type store struct {
	place
	title    string
	current  []generation // what it hands out now
	beside   []string     // what it hands out beside that during a rotation, by fingerprint
	held     map[string]generation
	unseen   bool // it cannot be seen now
	identity map[string]bool
}

// generation is one certificate at a place of a store.
type generation struct {
	print                      string
	name                       string
	number                     int
	since, notBefore, notAfter int64
	renew                      []verdict.Step
}

// StoresOf takes from a catalog what its stores hold.
func StoresOf(v *catalog.View) *Stores {
	s := &Stores{byPlace: map[place]*store{}, byPrint: map[string][]*store{}}
	for _, state := range catalog.States() {
		for _, e := range v.All(catalog.Query{States: []catalog.State{state}}) {
			s.add(e)
		}
	}
	return s
}

func (s *Stores) add(e *catalog.Entry) {
	if e.ID.Described() {
		return
	}
	for _, p := range e.Placements {
		if catalog.StoreTitle(p.SourceType, p.Kind) == "" || copied(e, p) {
			continue
		}
		s.at(e, p)
	}
}

// copied tells whether the placement is that of a CA beside a leaf in CredHub, while the CA has a
// credential of its own.
func copied(e *catalog.Entry, p catalog.Placement) bool {
	return p.SourceType == "credhub" && p.Place == "ca" && slices.ContainsFunc(e.Placements, func(other catalog.Placement) bool {
		return other.SourceType == "credhub" && other.Place != "ca"
	})
}

func (s *Stores) at(e *catalog.Entry, p catalog.Placement) {
	where := place{p.Path, p.Place, e.CA}
	at := s.byPlace[where]
	if at == nil {
		at = &store{place: where, title: catalog.StoreTitle(p.SourceType, p.Kind), held: map[string]generation{}, identity: map[string]bool{}}
		s.byPlace[where] = at
	}
	g := generation{print: string(e.ID), name: e.Name(), since: unix(p.Since), notBefore: unix(e.NotBefore), notAfter: unix(e.NotAfter), renew: renewal(e)}
	g.number, _ = strconv.Atoi(p.Version)
	if _, twice := at.held[g.print]; !twice {
		s.byPrint[g.print] = append(s.byPrint[g.print], at)
	}
	at.held[g.print] = g
	at.identity[certificateIdentity(e.Certificate.Certificate)] = true
	at.unseen = at.unseen || p.Unseen != ""
	switch p.State {
	case inventory.Current:
		at.current = append(at.current, g)
	case inventory.Transitional:
		at.beside = append(at.beside, g.print)
	}
}

// renewal are the steps of the catalog that renew a certificate.
func renewal(e *catalog.Entry) []verdict.Step {
	for _, f := range e.Findings {
		switch verdict.Code(f.Code) {
		case verdict.Expired, verdict.ExpiringSoon, verdict.Expiring:
			return f.Steps
		}
	}
	return nil
}

// find returns the place that holds a certificate, of several the one that is most likely the
// deployment's own.
func (s *Stores) find(print string, ca bool, deployment string, used map[place]bool) (place, bool) {
	if s == nil {
		return place{}, false
	}
	var best *store
	for _, at := range s.byPrint[print] {
		if at.ca == ca && (best == nil || nearer(at, best, deployment, used)) {
			best = at
		}
	}
	if best == nil {
		return place{}, false
	}
	return best.place, true
}

// nearer orders places by how likely they are a deployment's own.
func nearer(a, b *store, deployment string, used map[place]bool) bool {
	yes := func(b bool) int {
		if b {
			return 0
		}
		return 1
	}
	order := func(s *store) [3]int {
		return [3]int{yes(used[s.place]), yes(reference.Names(s.path, deployment)), yes(s.key == "certificate")}
	}
	x, y := order(a), order(b)
	return cmp.Or(slices.Compare(x[:], y[:]), strings.Compare(a.path, b.path), strings.Compare(a.key, b.key)) < 0
}

// get is what is at a place; nil if nothing is known of it.
func (s *Stores) get(p place) *store {
	if s == nil {
		return nil
	}
	return s.byPlace[p]
}

// after is when the version after one of a number was written.
func (s *store) after(number int) time.Time {
	var next generation
	for _, g := range s.held {
		if number > 0 && g.number > number && (next.print == "" || g.number < next.number) {
			next = g
		}
	}
	return moment(next.since)
}
