package catalog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
)

// build makes a view. What is known of certificates at any time is taken from earlier entries.
func build(contents inventory.Contents, policy Policy, now time.Time, earlier map[inventory.ID]*Entry) *View {
	v := &View{now: now, policy: policy, contents: contents,
		byID:  make(map[inventory.ID]*Entry, len(contents.Certificates)),
		items: make(map[itemKey]*inventory.Stored, len(contents.Items))}
	v.viewSources()
	for _, c := range contents.Certificates {
		if c.Certificate != nil && v.byID[c.ID] == nil {
			v.known = append(v.known, newEntry(c, earlier[c.ID]))
			v.byID[c.ID] = v.known[len(v.known)-1]
		}
	}
	v.place()
	v.acknowledge()
	v.findSigners()
	v.judge()
	v.index()
	v.countSources()
	return v
}

func newEntry(c inventory.Certificate, earlier *Entry) *Entry {
	facts := factsOf(c, earlier)
	return &Entry{Certificate: c, facts: facts, SelfSigned: facts.selfSigned}
}

// place gives the entries their placements.
func (v *View) place() {
	types := map[string]*SourceView{}
	for i := range v.sources {
		types[v.sources[i].Name] = &v.sources[i]
	}
	for i := range v.contents.Items {
		item := &v.contents.Items[i]
		v.items[itemKey{item.Source, item.Path}] = item
		for _, s := range item.Sightings {
			if e := v.byID[s.Certificate]; e != nil {
				e.Placements = append(e.Placements, placement(item, s, types[item.Source]))
			}
		}
	}
	for _, e := range v.byID {
		slices.SortFunc(e.Placements, usedFirst)
		e.Unverified = unverified(e.InUse())
		if len(e.Placements) > 0 {
			v.entries = append(v.entries, e)
		}
	}
}

func placement(item *inventory.Stored, s inventory.Sighting, source *SourceView) Placement {
	p := Placement{
		Source: item.Source, Path: item.Path, Kind: item.Kind, Place: s.Place, Version: s.Version, State: s.State, Since: s.Since,
		FirstSeen: item.FirstSeen, LastSeen: item.LastSeen, Unseen: item.Unseen, item: item,
	}
	if source == nil {
		p.Unseen = "the hub has no source with this name any more"
		return p
	}
	p.SourceType = source.Type
	if p.Unseen == "" && !source.Seen() {
		p.Unseen = source.Reason
	}
	return p
}

// usedFirst orders the placements of a certificate.
func usedFirst(a, b Placement) int {
	rank := func(p Placement) int {
		if p.State.InUse() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.Source, b.Source), strings.Compare(a.Path, b.Path),
		strings.Compare(a.Place, b.Place), strings.Compare(b.Version, a.Version))
}

func unverified(used []Placement) bool {
	return len(used) > 0 && !slices.ContainsFunc(used, func(p Placement) bool { return p.Unseen == "" })
}

func (v *View) acknowledge() {
	for i, ack := range v.contents.Acks {
		if e := v.byID[ack.Certificate]; e != nil && ack.Holds(v.now) {
			e.Acknowledged = &v.contents.Acks[i]
		}
	}
}
