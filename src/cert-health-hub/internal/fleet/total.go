package fleet

import (
	"slices"
	"strings"
	"unique"

	"cert-health/internal/verdict"
)

// tally is how many instances have a state, and how bad the worst is.
type tally struct {
	severity  verdict.Severity
	instances []int32
	expired   []int32
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
