package rotation_test

import (
	"flag"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/rotation"
	"cert-health/internal/survey"
)

// truth is what a VM really has: the CAs of each of its trust files, and whose leaf it has and serves. Letters
// are those of vm.
type truth struct {
	files        []string
	has, shows   string
	standing     string
	accepted     bool
	reported     *truth // what its last report said, if its agent is silent
	neverChanges bool
}

// world is a store and VMs.
type world struct {
	cast   *cast
	bundle string
	signs  string
	leaves string // of the VMs, in their order
	vms    []*truth
	back   bool
}

func (w *world) input() rotation.Input {
	in := w.cast.input(w.bundle, w.signs, "")
	for n, v := range w.vms {
		name := fmt.Sprintf("vm%d", n)
		in.Store.Leaves = append(in.Store.Leaves, rotation.Leaf{Path: name, Certificate: w.cast.leaf(name, w.cast.ca(rune(w.leaves[n])))})
		said := v
		if v.reported != nil {
			said = v.reported
		}
		i := w.cast.instance(vm{name: name, has: said.has, shows: said.shows, standing: v.standing})
		for f, trusts := range said.files {
			part := w.cast.instance(vm{name: name, trusts: trusts})
			for _, p := range part.Places {
				p.File = fmt.Sprintf("/f%d", f)
				i.Places = append(i.Places, p)
			}
		}
		if v.standing == "missing" {
			i.Places, i.Shown = nil, nil
		}
		in.Survey.Instances = append(in.Survey.Instances, i)
		if v.accepted {
			in.Accepted = append(in.Accepted, i.Name)
		}
	}
	in.Back = w.back
	if !strings.Contains(w.bundle, "o") {
		in.Store.Kept = in.Store.Old
	}
	return in
}

// connections are the pairs of a trust file and a server that understand each other.
func (w *world) connections() map[string]bool {
	list := map[string]bool{}
	for c, client := range w.vms {
		for f, trusts := range client.files {
			for s, server := range w.vms {
				if !client.accepted && !server.accepted && server.shows != "" && strings.Contains(trusts, server.shows) {
					list[fmt.Sprintf("%d/%d-%d", c, f, s)] = true
				}
			}
		}
	}
	return list
}

// step changes the store as `rotate next` does.
func (w *world) step(s rotation.State) {
	stays := "y"
	if w.back {
		stays = "o"
	}
	switch s.Current {
	case rotation.Add:
		w.bundle = w.signs + strings.ReplaceAll("oy", w.signs, "")
	case rotation.Switch:
		w.signs = stays
		w.bundle = w.signs + strings.ReplaceAll("oy", w.signs, "")
	case rotation.Renew:
		w.leaves = strings.Repeat(stays, len(w.vms))
	case rotation.Drop:
		w.bundle = stays
	}
}

// deploy brings what the store holds to a VM.
func (w *world) deploy(n int) {
	v := w.vms[n]
	if v.neverChanges {
		return
	}
	for f := range v.files {
		if v.files[f] != "" {
			v.files[f] = w.bundle
		}
	}
	if v.has != "" {
		v.has, v.shows = w.leaves[n:n+1], w.leaves[n:n+1]
	}
}

func (w *world) clone() *world {
	same := *w
	same.vms = nil
	for _, v := range w.vms {
		vm := *v
		vm.files = slices.Clone(v.files)
		same.vms = append(same.vms, &vm)
	}
	return &same
}

func (w *world) lost(before map[string]bool) (lost []string) {
	after := w.connections()
	for pair := range before {
		if !after[pair] {
			lost = append(lost, pair)
		}
	}
	slices.Sort(lost)
	return lost
}

func (w *world) String() string {
	text := fmt.Sprintf("bundle %s, %s signs, leaves %s", w.bundle, w.signs, w.leaves)
	for n, v := range w.vms {
		text += fmt.Sprintf("\n  vm%d trusts %v has %s shows %s standing %q accepted %v", n, v.files, v.has, v.shows, v.standing, v.accepted)
		if v.reported != nil {
			text += fmt.Sprintf(" reported %v %s %s", v.reported.files, v.reported.has, v.reported.shows)
		}
	}
	return text
}

func drawTruth(t *rapid.T) *truth {
	trusts := rapid.SampledFrom([]string{"o", "y", "oy", "yo"})
	v := &truth{files: rapid.SliceOfN(trusts, 0, 2).Draw(t, "files"), has: rapid.SampledFrom([]string{"o", "y", ""}).Draw(t, "has")}
	v.shows = v.has
	if v.has != "" && rapid.IntRange(0, 3).Draw(t, "old process") == 0 {
		v.shows = rapid.SampledFrom([]string{"o", "y"}).Draw(t, "shows")
	}
	return v
}

// drawWorld draws any world, however it came about.
func drawWorld(t *rapid.T) *world {
	w := &world{cast: newCast(), bundle: rapid.SampledFrom([]string{"o", "y", "oy", "yo"}).Draw(t, "bundle"), back: rapid.Bool().Draw(t, "back")}
	w.signs = w.bundle[:1]
	for range rapid.IntRange(1, 4).Draw(t, "VMs") {
		v := drawTruth(t)
		v.standing = rapid.SampledFrom([]string{"", "", "", "silent", "stopped", "ignored", "missing"}).Draw(t, "standing")
		v.accepted = rapid.IntRange(0, 4).Draw(t, "accepted") == 0
		if v.standing != "" {
			v.reported = drawTruth(t)
			v.neverChanges = rapid.Bool().Draw(t, "unreachable")
			// The last report tells at least for which purposes the VM uses the CA.
			v.reported.files, v.reported.has, v.reported.shows = append(v.reported.files, v.files...), v.has, v.reported.has
			if v.has == "" {
				v.reported.shows = ""
			}
		}
		w.vms = append(w.vms, v)
		w.leaves += rapid.SampledFrom([]string{"o", "y"}).Draw(t, "leaf")
	}
	if rapid.Bool().Draw(t, "nearly done") {
		w.renewed()
	}
	return w
}

// renewed lets all that is seen have leaves of the CA that stays.
func (w *world) renewed() {
	stays := "y"
	if w.back {
		stays = "o"
	}
	w.leaves, w.bundle, w.signs = strings.Repeat(stays, len(w.vms)), stays+strings.ReplaceAll("oy", stays, ""), stays
	for _, v := range w.vms {
		if v.standing == "" && v.has != "" {
			v.has, v.shows = stays, stays
		}
	}
}

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

var _ = Describe("the CAs of a store", func() {
	It("are told apart by the secrets beside them, or else by their dates", func() {
		c := newCast()
		read := func(own []*survey.Certificate, next, previous *survey.Certificate) rotation.Store {
			s := &survey.Survey{At: now()}
			add := func(path string, list ...*survey.Certificate) {
				s.Secrets = append(s.Secrets, &survey.Secret{Store: "Vault", Path: path, Key: "certificate", Certificates: list})
			}
			add("secret/ca", own...)
			if next != nil {
				add("secret/ca"+rotation.NextSuffix, next)
			}
			if previous != nil {
				add("secret/ca"+rotation.PreviousSuffix, previous)
			}
			add("secret/rep", c.leaf("rep", c.old))
			store, err := rotation.StoreOf(s, "secret/ca")
			Expect(err).NotTo(HaveOccurred())
			Expect(store.Leaves).To(HaveExactElements(HaveField("Path", "secret/rep")))
			Expect(rotation.Authorities(s)).To(Equal([]string{"secret/ca"}))
			return store
		}
		list := func(cas ...*survey.Certificate) []*survey.Certificate { return cas }
		Expect(read(list(c.old), nil, nil)).To(And(HaveField("New", c.old), HaveField("Old", BeEmpty())))
		Expect(read(list(c.old), c.young, nil)).To(And(HaveField("New", c.young), HaveField("Old", list(c.old))))
		Expect(read(list(c.old, c.young), nil, nil)).To(And(HaveField("New", c.young), HaveField("Signs", c.old)))
		Expect(read(list(c.young, c.old), nil, c.old)).To(And(HaveField("New", c.young), HaveField("Signs", c.young)))
		c.young.NotBefore = c.old.NotBefore.AddDate(-9, 0, 0)
		Expect(read(list(c.old, c.young), c.young, nil)).To(HaveField("New", c.young))
		Expect(read(list(c.young, c.old), c.young, c.old)).To(HaveField("New", c.young))
	})

	It("are found on VMs if the store has forgotten them", func() {
		c := newCast()
		s := &survey.Survey{At: now(), Instances: []*survey.Instance{c.instance(vm{name: "a", trusts: "o", has: "o"})},
			Secrets: []*survey.Secret{{Store: "Vault", Path: "secret/ca", Key: "certificate", Certificates: []*survey.Certificate{c.young}}}}
		store, err := rotation.StoreOf(s, "secret/ca")
		Expect(err).NotTo(HaveOccurred())
		Expect(store.Old).To(Equal([]*survey.Certificate{c.old}))
		Expect(tell(rotation.Of(rotation.Input{Store: store, Survey: s})).current).To(Equal(rotation.Add))
	})

	It("names copies that lack the new CA", func() {
		c := newCast()
		in := c.input("oy", "o", "o")
		in.Store.Copies = []rotation.Copy{{Path: "secret/rep:ca", Certificates: []*survey.Certificate{c.old}}, {Path: "secret/bbs:ca", Certificates: in.Store.Bundle}}
		Expect(rotation.Of(in).Warnings).To(HaveExactElements(And(ContainSubstring("secret/rep:ca"), Not(ContainSubstring("bbs")))))
	})
})
