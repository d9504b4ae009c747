package fleet

import (
	"strings"
	"unique"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// finisher counts one row.
type finisher struct {
	*builder
	row      *Row
	judge    judge
	versions map[string]*Version
	groups   map[string]*GroupRow
	counts   map[State]*tally
	advised  map[unique.Handle[advice]]int
}

// finish counts a row whose entries are known.
func (b *builder) finish(row *Row) {
	f := &finisher{builder: b, row: row, versions: map[string]*Version{}, groups: map[string]*GroupRow{}, counts: map[State]*tally{}, advised: map[unique.Handle[advice]]int{}}
	f.describe()
	row.truth = b.truthOf(row, row.Role != cert.Leaf)
	f.judge = judge{row: row, truth: &row.truth, thresholds: b.in.Thresholds, now: b.in.Now.Unix()}
	f.collect()
	f.choose()
	f.eachCell(f.cell)
	row.advice = f.advice()
	f.total()
}

// describe takes the name and the role of the newest certificate.
func (f *finisher) describe() {
	var newest fact
	for _, s := range f.row.subjects {
		if newest.print == "" || newer(s.of, newest) {
			newest = s.of
		}
	}
	f.row.Name, f.row.Role = newest.name, newest.role
	if strings.HasPrefix(newest.identity.Value(), "place ") {
		_, f.row.Name, _ = strings.Cut(strings.SplitN(f.held(f.row.entries[0]).files.Value(), "\n", 2)[0], "\t")
	}
}

func (b *builder) held(e entry) *held { return &b.list[e.instance].member.held[e.held] }

// eachCell calls a function with the certificates of each instance of the row. They are beside each
// other.
func (f *finisher) eachCell(call func(i *Instance, set []placed)) {
	set := make([]placed, 0, 8)
	entries := f.row.entries
	for n := 0; n < len(entries); {
		set = set[:0]
		first := entries[n].instance
		for ; n < len(entries) && entries[n].instance == first; n++ {
			set = append(set, placed{f.held(entries[n]), f.row.subjects[entries[n].subject]})
		}
		call(f.list[first], set)
	}
}

// cell counts one instance.
func (f *finisher) cell(i *Instance, set []placed) {
	g := f.group(i)
	i.Certificates++
	if !i.Seen() {
		g.NotSeen++
		f.remember(set, i)
		return
	}
	c := f.judge.cell(set, i.member)
	f.countVersions(set, c)
	f.row.States[c.state]++
	if c.onCurrent {
		g.OnCurrent++
	} else {
		g.Behind++
	}
	f.countServing(g, set, c)
	if c.expired {
		f.row.Expired++
	}
	f.tally(i, c)
	f.adopt(set, c)
	if rank(c.state) < rank(g.State) || g.State == "" {
		g.State = c.state
	}
	if f.lags(c) {
		f.lag(g, i, c)
	}
	f.mark(i, c)
}

// lags tells whether the instance differs from what it should be.
func (f *finisher) lags(c judgement) bool {
	return !c.onCurrent && (f.row.truth.known || c.state != Unknown) || c.state == AwaitingRestart
}

// mark notes the worst of all rows at the instance.
func (f *finisher) mark(i *Instance, c judgement) {
	if c.state != Current && c.state != Unknown || c.severity > verdict.OK {
		i.Behind++
	}
	if i.State == "" || c.severity > i.Severity || c.severity == i.Severity && rank(c.state) < rank(i.State) {
		i.State, i.Severity = c.state, c.severity
	}
}

func (f *finisher) group(i *Instance) *GroupRow {
	g := f.groups[i.Group]
	if g == nil {
		g = &GroupRow{Group: i.Group, NotSeen: f.sizes[i.Group]}
		f.groups[i.Group] = g
	}
	g.AZs = withName(g.AZs, i.AZ)
	return g
}

// remember counts a silent instance that was not as it should be when it was last seen.
func (f *finisher) remember(set []placed, i *Instance) {
	if i.Standing != inventory.Silent || i.member == nil {
		return
	}
	if c := f.judge.cell(set, i.member); c.state != Current && c.state != Unknown || c.older != nil {
		f.row.SilentBehind++
	}
}
