package fleet

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cert-health/internal/verdict"
)

// kind is what rows have in common that make one trouble.
type kind struct {
	state    State
	severity verdict.Severity
	expired  bool
	known    bool // a store holds the rows
}

// explain gives each row its words.
func (b *builder) explain() {
	for _, row := range b.Rows {
		if row.Severity == verdict.OK {
			row.Sentence = allWell(row)
			continue
		}
		t := b.trouble([]*Row{row})
		row.Sentence, row.Why, row.Next = t.Sentence, t.Why, t.Next
	}
}

func allWell(row *Row) string {
	sentence := "current on " + fraction(row.OnCurrent, row.Instances)
	switch {
	case row.Own:
		sentence = "each instance has its own"
	case !row.truth.known && row.Behind > 0:
		sentence = "no store is known that holds it; the newest is on " + fraction(row.OnCurrent, row.Instances)
	case !row.truth.known:
		sentence = "no store is known that holds it; the same on " + fraction(row.OnCurrent, row.Instances)
	}
	if row.NotSeen > 0 {
		sentence += "; " + count(row.NotSeen, "instance") + " not seen"
	}
	return sentence
}

func fraction(n, of int) string {
	if n == of && n == 1 {
		return count(of, "instance")
	}
	if n == of {
		return "all " + count(of, "instance")
	}
	return fmt.Sprintf("%d of %s", n, count(of, "instance"))
}

// troubles are those of one deployment, the worst first.
func (d *Deployment) troubles(now time.Time) (all []*Trouble) {
	kinds := map[kind][]*Row{}
	for _, row := range d.Rows {
		if row.Severity > verdict.OK {
			k := kind{row.State, row.Severity, len(row.worst) > 0, row.truth.known}
			kinds[k] = append(kinds[k], row)
		}
	}
	b := &builder{Deployment: d, in: &Input{Now: now}}
	for _, rows := range kinds {
		all = append(all, b.trouble(rows))
	}
	return append(all, d.unseen(now)...)
}

// trouble puts rows of one kind into words.
func (b *builder) trouble(rows []*Row) *Trouble {
	row, now := rows[0], b.in.Now
	expired := len(row.worst) > 0
	affected := map[int32]bool{}
	for _, r := range rows {
		some := r.affected
		if expired {
			some = r.worst
		}
		for _, position := range some {
			affected[position] = true
		}
	}
	var instances []*Instance
	for _, position := range slices.Sorted(maps.Keys(affected)) {
		instances = append(instances, b.list[position])
	}
	where := b.extent(rows, instances)
	t := &Trouble{Deployment: b.Name, State: row.State, Severity: row.Severity, Expired: expired, Rows: rows, Instances: len(instances), Of: where.of}
	parts := []string{what(rows, row.State, expired, where, now), because(rows, row.State, expired, now), b.progress(rows)}
	t.Sentence = strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
	t.Why = which(rows)
	t.Next = b.next(rows, row.State, instances)
	return t
}

// progress says how far the deploy is that brings the rows.
func (d *Deployment) progress(rows []*Row) string {
	if rows[0].State != AwaitingDeploy {
		return ""
	}
	if r := d.Rollout; r != nil && slices.ContainsFunc(rows, func(row *Row) bool { return slices.Contains(r.Rows, row) }) {
		return r.Sentence
	}
	if rows[0].truth.known {
		return "no deploy has brought it to any instance yet"
	}
	return ""
}

// extent says on how many instances of how many the rows are so.
func (d *Deployment) extent(rows []*Row, affected []*Instance) extent {
	e := extent{deployment: d.Name, affected: len(affected)}
	groups := map[string]int{}
	for _, i := range affected {
		groups[i.Group] = 0
	}
	for _, r := range rows {
		for _, g := range r.Groups {
			if have, concerned := groups[g.Group]; concerned {
				groups[g.Group] = max(have, g.Instances)
			}
		}
	}
	for group, n := range groups {
		e.groups = append(e.groups, group)
		e.of += n
	}
	slices.Sort(e.groups)
	if len(affected) > 0 {
		e.first = affected[0].Name()
	}
	return e
}

// sortTroubles puts the worst first: by severity, what has expired, and the number of instances.
func sortTroubles(all []*Trouble) {
	expired := func(t *Trouble) int {
		if t.Expired {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(a, b *Trouble) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(expired(a), expired(b)), cmp.Compare(len(b.Rows)*b.Instances, len(a.Rows)*a.Instances),
			cmp.Compare(b.Instances, a.Instances), cmp.Compare(rank(a.State), rank(b.State)), strings.Compare(a.Deployment, b.Deployment), strings.Compare(a.Sentence, b.Sentence))
	})
}
