package rotation_test

import (
	"flag"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/rotation"
)

var _ = Describe("the steps, in any world", func() {
	BeforeEach(func() {
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
		Expect(flag.Set("rapid.checks", "2000")).To(Succeed())
	})

	It("never takes trust from an instance that is not accepted, whatever is deployed afterwards", func() {
		taken := map[rotation.StepName]int{}
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w := drawWorld(t)
			s := rotation.Of(w.input())
			if !s.Offered {
				return
			}
			taken[s.Current]++
			before, told, without := w.connections(), w.String(), w.clone()
			w.step(s)
			for range rapid.IntRange(0, 6).Draw(t, "deploys") {
				deployed := rapid.IntRange(0, len(w.vms)-1).Draw(t, "deployed")
				w.deploy(deployed)
				without.deploy(deployed)
				// What the same deploys take without the step is not taken by it.
				lost := w.lost(before)
				anyway := without.lost(before)
				lost = slices.DeleteFunc(lost, func(pair string) bool { return slices.Contains(anyway, pair) })
				if len(lost) > 0 {
					t.Fatalf("after %s (back %v) %v lost trust; before, %s\nnow %s", s.Current, w.back, lost, told, w)
				}
			}
		})
		Expect(taken).To(HaveLen(4), "each step of the store was offered in some world: %v", taken)
	})

	It("end in the phase normal, there or back, without a lost connection", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			w := &world{cast: newCast(), bundle: "o", signs: "o"}
			for range rapid.IntRange(1, 4).Draw(t, "VMs") {
				w.vms = append(w.vms, &truth{files: []string{"o"}, has: "o", shows: "o"})
				w.leaves += "o"
			}
			before := w.connections()
			turn := rapid.IntRange(-30, 30).Draw(t, "turn")
			for round := 0; ; round++ {
				if round == turn {
					w.back = true
				}
				s := rotation.Of(w.input())
				switch {
				case round > 100:
					t.Fatalf("it does not end: %s\n%s", s.Phase, w)
				case s.Phase == rotation.Normal && (round > turn || turn < 0):
					return
				case s.Phase == rotation.Blocked || len(s.Broken) > 0:
					t.Fatalf("%s: %v %v", s.Phase, s.Faults, s.Broken)
				case s.Offered:
					w.step(s)
				default:
					w.deploy(rapid.IntRange(0, len(w.vms)-1).Draw(t, "deployed"))
				}
				if lost := w.lost(before); len(lost) > 0 {
					t.Fatalf("%v lost trust in phase %s: %s", lost, s.Phase, w)
				}
			}
		})
	})

	It("offers a step of the store only when every earlier one is finished, and names who holds it back", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			s := rotation.Of(drawWorld(t).input())
			for _, step := range s.Steps {
				open := slices.DeleteFunc(slices.Clone(step.Blockers), func(b rotation.Blocker) bool { return b.Accepted })
				if len(step.Title) > 44 {
					t.Fatalf("%q is cut by a terminal of 80 columns", step.Title)
				}
				if step.Finished != (step.Done+step.Accepted == step.Total) || step.OnVMs && len(open) != step.Total-step.Done-step.Accepted {
					t.Fatalf("%s: %d of %d, %d accepted, %d named", step.Name, step.Done, step.Total, step.Accepted, len(open))
				}
				if step.Name == s.Current {
					break
				}
				if !step.Finished {
					t.Fatalf("%s is not finished, and %s is the current step", step.Name, s.Current)
				}
			}
			if s.Offered && s.Phase == rotation.Blocked {
				t.Fatalf("%s is offered, and blocked", s.Current)
			}
		})
	})
})
