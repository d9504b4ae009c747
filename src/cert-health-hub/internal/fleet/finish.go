package fleet

import (
	"slices"
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

// tally is how many instances have a state, and how bad the worst is.
type tally struct {
	severity  verdict.Severity
	instances []int32
	expired   []int32
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

func newer(a, b fact) bool {
	if a.notBefore != b.notBefore {
		return a.notBefore > b.notBefore
	}
	return a.notAfter > b.notAfter || a.notAfter == b.notAfter && a.print > b.print
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

// collect makes the versions.
func (f *finisher) collect() {
	for _, s := range f.row.subjects {
		v := f.version(s.of)
		if s.said != nil && s.said.deployed > v.Number {
			v.Number = s.said.deployed
		}
	}
	f.fromStore()
	t := &f.row.truth
	if t.known && len(t.required) == 0 && !t.gone { // a newer one exists, and no instance has it
		f.versions[""] = &Version{Number: t.number, NotAfter: moment(t.ends), InStore: true}
	}
	for print, v := range f.versions {
		if t.known && slices.Contains(t.required, print) {
			v.InStore = true
			v.Number = max(v.Number, t.number)
		}
		f.row.Versions = append(f.row.Versions, v)
	}
	slices.SortFunc(f.row.Versions, func(a, b *Version) int {
		switch {
		case a.Fingerprint == "" || b.Fingerprint == "":
			return len(a.Fingerprint) - len(b.Fingerprint)
		case !a.NotBefore.Equal(b.NotBefore):
			return b.NotBefore.Compare(a.NotBefore)
		}
		return strings.Compare(a.Fingerprint, b.Fingerprint)
	})
}

func (f *finisher) version(held fact) *Version {
	v := f.versions[held.print]
	if v == nil {
		v = &Version{Fingerprint: held.print, NotBefore: moment(held.notBefore), NotAfter: moment(held.notAfter)}
		f.versions[held.print] = v
	}
	return v
}

// fromStore adds what the hub's own source holds now, and the numbers of what it held.
func (f *finisher) fromStore() {
	s := f.row.truth.hub
	if s == nil {
		return
	}
	for _, g := range s.current {
		if slices.Contains(f.row.truth.required, g.print) {
			f.version(fact{print: g.print, notBefore: g.notBefore, notAfter: g.notAfter})
		}
	}
	for print, v := range f.versions {
		if g, known := s.held[print]; known && g.number > 0 {
			v.Number = g.number
		}
	}
}

// fewest is how many instances with different certificates may still be two generations: during a deploy,
// one of a pair has the new one.
const fewest = 2

// choose finds the current version.
func (f *finisher) choose() {
	row, t := f.row, &f.row.truth
	row.StoreTitle = t.title
	if !t.known {
		seen := f.seenPrints()
		row.Own = len(seen) > fewest && alone(seen)
		if !row.Own && len(row.Versions) > 0 {
			row.Current = row.Versions[0]
		}
		for _, v := range row.Versions {
			if len(seen) > 0 && seen[v.Fingerprint] > 0 && !row.Own {
				row.Current = v
				break
			}
		}
		if row.Current != nil {
			row.Current.Current = true
		}
		return
	}
	for _, v := range row.Versions {
		if v.InStore {
			v.Current = true
			if row.Current == nil {
				row.Current = v
			}
		}
	}
}

// seenPrints counts the instances that report by fingerprint.
func (f *finisher) seenPrints() map[string]int {
	seen := map[string]int{}
	f.eachCell(func(i *Instance, set []placed) {
		if i.Seen() {
			for _, h := range set {
				seen[h.of.print]++
			}
		}
	})
	return seen
}

// alone tells whether each certificate is on one instance only.
func alone(seen map[string]int) bool {
	for _, n := range seen {
		if n > 1 {
			return false
		}
	}
	return true
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

func (f *finisher) countVersions(set []placed, c judgement) {
	for _, h := range set {
		f.versions[h.of.print].Files++
		if h.serves && c.older == nil {
			f.versions[h.of.print].Processes++
		}
	}
	if p := c.older; p != nil {
		if v := f.versions[p.print]; v != nil {
			v.Processes++
		}
	}
}

func (f *finisher) countServing(g *GroupRow, set []placed, c judgement) {
	serves := slices.ContainsFunc(set, func(h placed) bool { return h.serves })
	if serves || c.older != nil {
		g.Serving++
	}
	if serves && c.older == nil && c.onCurrent {
		g.ServingCurrent++
	}
}

func (f *finisher) tally(i *Instance, c judgement) {
	t := f.counts[c.state]
	if t == nil {
		t = &tally{}
		f.counts[c.state] = t
	}
	t.severity = max(t.severity, c.severity)
	t.instances = append(t.instances, i.position)
	if c.expired {
		t.expired = append(t.expired, i.position)
	}
}

// adopt counts the steps that agents give.
func (f *finisher) adopt(set []placed, c judgement) {
	for _, h := range set {
		if h.advice != (unique.Handle[advice]{}) {
			f.advised[h.advice]++
			break
		}
	}
	if f.row.older == "" && c.older != nil {
		f.row.older = c.older.job
	}
}

// advice are the steps that most agents give. One instance alone must not tell what to type for all
// others.
func (f *finisher) advice() advice {
	counts := [3]map[string]int{{}, {}, {}}
	for given, n := range f.advised {
		a := given.Value()
		for i, text := range []string{a.renew, a.deploy, a.restart} {
			counts[i][text] += n
		}
	}
	return advice{most(counts[0]), most(counts[1]), most(counts[2])}
}

// most is the text with the highest count; of several the first in their order.
func most(counts map[string]int) string {
	best := ""
	for text, n := range counts {
		if text != "" && (best == "" || n > counts[best] || n == counts[best] && text < best) {
			best = text
		}
	}
	return best
}

// maxLaggards bounds the laggards that a group names.
const maxLaggards = 5

func (f *finisher) lag(g *GroupRow, i *Instance, c judgement) {
	since := moment(c.since)
	if !since.IsZero() && (g.Since.IsZero() || since.Before(g.Since)) {
		g.Since = since
	}
	if len(g.Laggards) == maxLaggards {
		g.MoreLaggards++
		return
	}
	g.Laggards = append(g.Laggards, Laggard{Key: i.Key, Name: i.Name(), AZ: i.AZ, State: c.state, Since: since,
		File: f.versions[c.file.print], Process: f.processVersion(c)})
}

func (f *finisher) processVersion(c judgement) *Version { return versionOf(f.versions, c.older) }

// versionOf is the version that a process serves; nil without one.
func versionOf(versions map[string]*Version, p *process) *Version {
	if p == nil {
		return nil
	}
	if v := versions[p.print]; v != nil && p.print != "" {
		return v
	}
	return &Version{Fingerprint: p.print, Number: p.number, NotAfter: moment(p.notAfter)}
}

// total adds the groups up, and finds the state of the row.
func (f *finisher) total() {
	row := f.row
	for _, g := range f.groups {
		g.Instances = g.OnCurrent + g.Behind + g.NotSeen
		row.Instances += g.Instances
		row.OnCurrent += g.OnCurrent
		row.Behind += g.Behind
		row.NotSeen += g.NotSeen
		if !g.Since.IsZero() && (row.Since.IsZero() || g.Since.Before(row.Since)) {
			row.Since = g.Since
		}
		row.Groups = append(row.Groups, g)
	}
	slices.SortFunc(row.Groups, func(a, b *GroupRow) int { return strings.Compare(a.Group, b.Group) })
	if row.Instances > 0 {
		row.Percent = 100 * row.OnCurrent / row.Instances
	}
	f.state()
}

// state is that of the instances with the gravest finding; of several states the one of most instances.
func (f *finisher) state() {
	row := f.row
	row.State = Unknown
	var worst *tally
	for _, state := range States() {
		t := f.counts[state]
		if t == nil {
			continue
		}
		if worst == nil || t.severity > worst.severity || t.severity == worst.severity && t.severity > verdict.OK && len(t.instances) > len(worst.instances) {
			row.State, row.Severity, worst = state, t.severity, t
		}
	}
	if worst != nil {
		row.affected, row.worst = worst.instances, worst.expired
	}
}
