package fleet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// step is one thing that happens to a fleet.
type step struct {
	key   inventory.InstanceKey
	held  []held
	pulse int // minutes before now; -1: a report
}

// held is a generation of a certificate, and what is said of it.
type held struct{ Name, Version, State, Served int }

func (h held) report() report.Certificate {
	name := []string{"bbs", "rep", "CA"}[h.Name]
	changes := []func(*report.Certificate){}
	states := []cert.ReferenceState{"", cert.Current, cert.Stale, cert.Unexpected, cert.Unknown, cert.Ambiguous, cert.Behind, cert.Deleted}
	if s := states[h.State]; s != "" {
		changes = append(changes, compared(s, max(h.Version, 0), 3))
	}
	if h.Served > 0 {
		changes = append(changes, serves(name, h.Served))
	}
	return of(name, h.Version, changes...)
}

// history draws what happens to the instances.
func history(t *rapid.T) []step {
	generation := rapid.Custom(func(t *rapid.T) held {
		return held{rapid.IntRange(0, 2).Draw(t, "name"), rapid.IntRange(-2, 3).Draw(t, "version"), rapid.IntRange(0, 7).Draw(t, "state"), rapid.IntRange(0, 2).Draw(t, "served")}
	})
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		key := inventory.InstanceKey(fmt.Sprintf("%s/%s/%d", rapid.SampledFrom([]string{"cf", "db"}).Draw(t, "deployment"), rapid.SampledFrom([]string{"api", "cell"}).Draw(t, "group"), rapid.IntRange(0, 3).Draw(t, "id")))
		if rapid.Bool().Draw(t, "pulse") {
			return step{key: key, pulse: rapid.IntRange(0, 10).Draw(t, "minutes")}
		}
		return step{key: key, pulse: -1, held: rapid.SliceOfNDistinct(generation, 0, 4, func(h held) [2]int { return [2]int{h.Name, h.Version} }).Draw(t, "held")}
	}), 0, 40).Draw(t, "history")
}

func (w *world) take(s step) {
	if s.pulse >= 0 {
		if _, known := w.Reporting[s.key]; known {
			w.Pulses[s.key] = pulse(s.key, now.Add(-time.Duration(s.pulse)*time.Minute))
		}
		return
	}
	var list []report.Certificate
	for _, h := range s.held {
		list = append(list, h.report())
	}
	w.report(string(s.key), list...)
	head := w.Reporting[s.key]
	head.Received = now.Add(-time.Hour)
	w.Reporting[s.key] = head
}

// text is everything that a view shows.
func text(v *fleet.View) string {
	GinkgoHelper()
	all := []any{v.Summary(), v.Deployments(), v.Instances(fleet.Query{Limit: fleet.MaxLimit}).Instances}
	for _, row := range v.Rows() {
		all = append(all, v.Cells(row))
	}
	written, err := json.Marshal(all)
	Expect(err).NotTo(HaveOccurred())
	return string(written)
}

var _ = Describe("a view of any fleet", func() {
	draw := func(t *rapid.T) (*world, []step) {
		w := newWorld()
		if rapid.Bool().Draw(t, "stores") {
			for _, name := range []string{"bbs", "rep", "CA"} {
				w.secret("secret/cf/"+name, name, rapid.SliceOfNDistinct(rapid.IntRange(-2, 3), 1, 3, rapid.ID[int]).Draw(t, "versions of "+name)...)
			}
		}
		w.Known = rapid.Bool().Draw(t, "director")
		for n := range rapid.IntRange(0, 8).Draw(t, "listed") {
			l := inventory.Listed{Deployment: []string{"cf", "db"}[n%2], Group: []string{"api", "cell"}[n/4], ID: fmt.Sprint(n % 4), Index: n % 4, VM: true, Expected: true}
			l.Ignored = rapid.IntRange(0, 5).Draw(t, "ignored") == 0
			if rapid.IntRange(0, 5).Draw(t, "stopped") == 0 {
				l.State = "stopped"
			}
			w.Listed = append(w.Listed, l)
		}
		return w, history(t)
	}

	It("counts each instance once, and none that is not seen as current", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w, steps := draw(t)
			for _, s := range steps {
				w.take(s)
			}
			v := w.view()
			total := 0
			for _, d := range v.Deployments() {
				for _, n := range d.Standings {
					total += n
				}
				for _, row := range d.Rows {
					checkRow(t, v, d, row)
				}
			}
			if all := v.Instances(fleet.Query{Limit: 1000, Standings: standings()}).Total; total != all {
				t.Fatalf("%d instances by standing, %d in the list", total, all)
			}
			if s := v.Summary(); s.Sentence == "" {
				t.Fatal("there is no sentence")
			}
		})
	})

	It("is the same whatever the order of reports, and after views between them", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w, steps := draw(t)
			once := newWorld()
			once.Known, once.Listed, once.contents = w.Known, w.Listed, w.contents
			for _, s := range steps {
				w.take(s)
				w.view()
			}
			byInstance := map[inventory.InstanceKey][]step{}
			for _, s := range steps {
				byInstance[s.key] = append(byInstance[s.key], s)
			}
			order := rapid.Permutation(slices.Sorted(maps.Keys(byInstance))).Draw(t, "order")
			for _, key := range order {
				for _, s := range byInstance[key] {
					once.take(s)
				}
			}
			once.Listed = rapid.Permutation(once.Listed).Draw(t, "list")
			if a, b := text(w.view()), text(once.view()); a != b {
				t.Fatalf("two views of one fleet:\n%s\n%s", a, b)
			}
		})
	})
})

func standings() []inventory.Standing {
	return []inventory.Standing{inventory.Reports, inventory.Silent, inventory.Missing, inventory.Stopped, inventory.Ignored, inventory.Deleted}
}

// checkRow checks the counts of a row against its cells.
func checkRow(t *rapid.T, v *fleet.View, d *fleet.Deployment, row *fleet.Row) {
	sum := func(name string, parts int, whole int) {
		if parts != whole {
			t.Fatalf("%s of %s: %d is not %d: %+v", name, row.Name, parts, whole, *row)
		}
	}
	sum("instances", row.OnCurrent+row.Behind+row.NotSeen, row.Instances)
	groups, seen, states := 0, 0, 0
	for _, g := range row.Groups {
		sum("group "+g.Group, g.OnCurrent+g.Behind+g.NotSeen, g.Instances)
		groups += g.Instances
		listed := 0
		for _, group := range d.Groups {
			if group.Name == g.Group {
				listed = group.Standings[inventory.Reports]
			}
		}
		if g.OnCurrent+g.Behind > listed {
			t.Fatalf("group %s counts %d instances, and %d report", g.Group, g.OnCurrent+g.Behind, listed)
		}
	}
	sum("groups", groups, row.Instances)
	for _, cell := range v.Cells(row) {
		if cell.Instance.Seen() {
			seen++
		} else if cell.State != "" {
			t.Fatalf("%s does not report, and is %q", cell.Instance.Key, cell.State)
		}
	}
	sum("cells", row.OnCurrent+row.Behind, seen)
	for _, n := range row.States {
		states += n
	}
	sum("states", states, seen)
	if row.Percent == 100 && (row.OnCurrent != row.Instances || row.NotSeen > 0) {
		t.Fatalf("100 percent of %+v", *row)
	}
	if (row.Sentence == "") || row.Severity > 0 && len(row.Next) == 0 {
		t.Fatalf("a row without words: %+v", *row)
	}
}
