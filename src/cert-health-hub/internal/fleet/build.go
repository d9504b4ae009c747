package fleet

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"unique"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// New makes the view.
func New(in Input) *View {
	if in.Thresholds == (verdict.Thresholds{}) {
		in.Thresholds = verdict.DefaultThresholds()
	}
	v := &View{now: in.Now, thresholds: in.Thresholds, known: in.Known, instances: instancesOf(in), rows: map[string]*Row{}, byPrint: map[string][]*Row{}}
	v.byKey = make(map[inventory.InstanceKey]*Instance, len(v.instances))
	for i := 0; i < len(v.instances); {
		end := i
		for end < len(v.instances) && v.instances[end].Deployment == v.instances[i].Deployment {
			v.byKey[v.instances[end].Key] = v.instances[end]
			end++
		}
		d := newDeployment(v.instances[i:end:end], &in)
		v.deployments = append(v.deployments, d)
		i = end
	}
	v.index()
	v.summary = v.summarize()
	return v
}

func (v *View) index() {
	for _, d := range v.deployments {
		v.sorted = append(v.sorted, d.Rows...)
		for _, row := range d.Rows {
			v.rows[row.ID] = row
			for _, version := range row.Versions {
				if version.Fingerprint != "" {
					v.byPrint[version.Fingerprint] = append(v.byPrint[version.Fingerprint], row)
				}
			}
		}
	}
	sortRows(v.sorted)
}

// pair is what decides to which row of a deployment a certificate belongs.
type pair struct {
	fact     unique.Handle[fact]
	relation unique.Handle[relation]
}

// builder makes the rows of one deployment.
type builder struct {
	*Deployment
	in    *Input
	used  map[place]bool                           // the places that agents name
	links map[unique.Handle[string]]map[place]bool // the places of each identity
	rows  map[string]*Row                          // by identity
	sizes map[string]int                           // instances of each group that are not seen and have no report
}

// entry is one certificate on one instance: the positions of the instance, of what it holds, and of the
// subject in the row.
type entry struct{ instance, held, subject int32 }

// subject is what many instances hold in common.
type subject struct {
	of       fact
	said     *relation // nil: no agent compares it
	row      *Row
	position int32 // in the row
}

// placed is a certificate on an instance.
type placed struct {
	*held
	*subject
}

func newDeployment(list []*Instance, in *Input) *Deployment {
	d := &Deployment{Name: list[0].Deployment, Standings: map[inventory.Standing]int{}, list: list, subjects: map[pair]*subject{}}
	b := &builder{Deployment: d, in: in, used: map[place]bool{}, links: map[unique.Handle[string]]map[place]bool{}, rows: map[string]*Row{}, sizes: map[string]int{}}
	b.count()
	b.link()
	b.place()
	for _, row := range b.rows {
		b.finish(row)
		d.Rows = append(d.Rows, row)
	}
	sortRows(d.Rows)
	d.Rollout = d.rollout(in.Now)
	b.explain()
	return d
}

// count counts the instances by group and standing.
func (b *builder) count() {
	for position, i := range b.list {
		i.position = int32(position)
		if len(b.Groups) == 0 || b.Groups[len(b.Groups)-1].Name != i.Group {
			b.Groups = append(b.Groups, &Group{Name: i.Group, Standings: map[inventory.Standing]int{}})
		}
		g := b.Groups[len(b.Groups)-1]
		g.Standings[i.Standing]++
		b.Standings[i.Standing]++
		if i.Standing == inventory.Deleted {
			continue
		}
		g.Instances++
		b.Instances++
		g.AZs = withName(g.AZs, i.AZ)
		if !i.Seen() && i.member == nil {
			b.sizes[i.Group]++
		}
	}
}

// withName adds a name to an ordered list.
func withName(list []string, name string) []string {
	at, found := slices.BinarySearch(list, name)
	if found || name == "" {
		return list
	}
	return slices.Insert(list, at, name)
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

// sortRows puts the worst rows first.
func sortRows(rows []*Row) {
	slices.SortFunc(rows, func(a, b *Row) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(rank(a.State), rank(b.State)), cmp.Compare(b.Expired, a.Expired),
			strings.Compare(a.Deployment, b.Deployment), strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
}
