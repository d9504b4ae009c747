package rotation_test

import (
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"cert-health/internal/rotation"
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
