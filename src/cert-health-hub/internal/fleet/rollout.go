package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// standstill is how long a deploy may show no progress. A cell may take ten minutes to move its
// applications away.
const standstill = 20 * time.Minute

// rollout finds a deploy that has reached some instances: for at least one certificate, some have what the
// store holds, and others wait for it.
func (d *Deployment) rollout(now time.Time) *Rollout {
	r := &Rollout{}
	done, waiting := map[int32]bool{}, map[int32]bool{}
	for _, row := range d.Rows {
		if row.truth.known && row.OnCurrent > 0 && row.awaits() {
			r.Rows = append(r.Rows, row)
			row.split(d, done, waiting)
		}
	}
	if len(r.Rows) == 0 {
		return nil
	}
	groups := map[string]*RolloutGroup{}
	for position, i := range d.list {
		g := groups[i.Group]
		if g == nil {
			g = &RolloutGroup{Group: i.Group}
			groups[i.Group] = g
		}
		switch at := int32(position); {
		case waiting[at]:
			if g.Waiting++; g.First == "" {
				g.First = i.Name()
			}
		case done[at]:
			g.Done++
			if i.Received.After(r.Progress) {
				r.Progress = i.Received
			}
		}
	}
	r.fill(d, groups, now)
	return r
}

// awaits tells whether a deploy would bring the row to some instances.
func (r *Row) awaits() bool { return r.States[AwaitingDeploy] > 0 }

// split tells apart the instances that have the row's current version, and those that wait for it.
func (r *Row) split(d *Deployment, done, waiting map[int32]bool) {
	j := judge{row: r, truth: &r.truth}
	r.cells(d, func(i *Instance, set []placed) {
		if !i.Seen() {
			return
		}
		if j.complete(set) {
			done[i.position] = true
		} else {
			waiting[i.position] = true
		}
	})
}

// cells calls a function with the certificates of each instance of the row.
func (r *Row) cells(d *Deployment, call func(i *Instance, set []placed)) {
	f := finisher{builder: &builder{Deployment: d}, row: r}
	f.eachCell(call)
}

func (r *Rollout) fill(d *Deployment, groups map[string]*RolloutGroup, now time.Time) {
	for _, row := range r.Rows {
		for _, g := range row.Groups {
			groups[g.Group].NotSeen = max(groups[g.Group].NotSeen, g.NotSeen)
		}
	}
	for _, g := range groups {
		if g.Done+g.Waiting+g.NotSeen > 0 {
			r.Groups = append(r.Groups, *g)
			r.Done, r.Waiting, r.NotSeen = r.Done+g.Done, r.Waiting+g.Waiting, r.NotSeen+g.NotSeen
		}
	}
	slices.SortFunc(r.Groups, func(a, b RolloutGroup) int {
		return cmp.Or(cmp.Compare(phase(a), phase(b)), strings.Compare(a.Group, b.Group))
	})
	r.Stalled = !r.Progress.IsZero() && now.Sub(r.Progress) >= standstill
	for _, g := range r.Groups {
		if r.At == "" && g.First != "" {
			r.At = g.First
		}
	}
	for _, i := range d.list {
		if i.Name() == r.At {
			r.AtKey = i.Key
		}
	}
	r.Sentence = r.sentence()
}

// phase orders groups as a deploy goes through them: those that are through, the one that it is in, and
// those that wait.
func phase(g RolloutGroup) int {
	switch {
	case g.Waiting == 0:
		return 0
	case g.Done > 0:
		return 1
	}
	return 2
}

func (r *Rollout) sentence() string {
	var through, within []string
	for _, g := range r.Groups {
		switch {
		case g.Done > 0 && g.Waiting == 0:
			through = append(through, g.Group)
		case g.Done > 0:
			within = append(within, fmt.Sprintf("%d of %d %s", g.Done, g.Done+g.Waiting+g.NotSeen, plural(g.Done+g.Waiting+g.NotSeen, g.Group)))
		}
	}
	all := append(through, within...)
	reached, and := "the deploy reached "+list(all), " and"
	if len(all) > 1 {
		and = ", and"
	}
	switch {
	case r.At == "":
		return reached
	case r.Stalled:
		return reached + and + " stopped at " + r.At
	}
	return reached + ", and " + r.At + " is next"
}
