package fleet

import (
	"slices"
	"strings"
)

func newer(a, b fact) bool {
	if a.notBefore != b.notBefore {
		return a.notBefore > b.notBefore
	}
	return a.notAfter > b.notAfter || a.notAfter == b.notAfter && a.print > b.print
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
