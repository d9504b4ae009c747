package catalog

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// Policy says when a fault becomes a finding.
type Policy struct {
	verdict.Thresholds
}

// DefaultPolicy has the documented defaults.
func DefaultPolicy() Policy { return Policy{verdict.DefaultThresholds()} }

// View is everything that the hub knows, judged at one moment. It never changes.
type View struct {
	now      time.Time
	policy   Policy
	contents inventory.Contents

	entries  []*Entry // those with a placement, in the order of not_after
	byID     map[inventory.ID]*Entry
	items    map[itemKey]*inventory.Stored
	sources  []SourceView
	problems []Finding
	signs    map[inventory.ID][]*Entry
	orders   map[SortKey][]*Entry
	places   map[string][]placed // by source, in the order of paths
}

// itemKey names an item.
type itemKey struct{ source, path string }

// New makes a view of the contents at a moment. It keeps the contents, which must not change after
// that.
func New(contents inventory.Contents, policy Policy, now time.Time) *View {
	return build(contents, policy, now, nil)
}

// Update makes a view of newer contents. It is faster than New: signatures that this view has
// verified are not verified again.
func (v *View) Update(contents inventory.Contents, now time.Time) *View {
	return build(contents, v.policy, now, v.byID)
}

// At judges the same contents at another moment.
func (v *View) At(now time.Time) *View { return v.Update(v.contents, now) }

// Now is the moment at which the view was judged.
func (v *View) Now() time.Time { return v.now }

// Policy is the policy by which the view was judged.
func (v *View) Policy() Policy { return v.policy }

// Certificate returns the entry of a certificate. Its placements are empty if no source shows it any
// more.
func (v *View) Certificate(id inventory.ID) (*Entry, bool) {
	e, known := v.byID[id]
	return e, known
}

// Problems are the findings about items that hold no certificate, such as a host that never answered.
func (v *View) Problems() []Finding { return v.problems }

// Acks are the acknowledgements that hold now, those that end first at the front.
func (v *View) Acks() []inventory.Ack {
	var list []inventory.Ack
	for _, ack := range v.contents.Acks {
		if ack.Holds(v.now) {
			list = append(list, ack)
		}
	}
	slices.SortFunc(list, func(a, b inventory.Ack) int {
		return cmp.Or(a.Until.Compare(b.Until), cmp.Compare(a.Certificate, b.Certificate))
	})
	return list
}

// Signs are the certificates that a CA signed, in the order of not_after.
func (v *View) Signs(e *Entry) []*Entry { return v.signs[e.ID] }

// Siblings are the other generations of a certificate: those of the same names and purpose that its
// items hold or held. The newest is the first.
func (v *View) Siblings(e *Entry) []*Entry {
	found := map[*Entry]bool{}
	for _, p := range e.Placements {
		for _, s := range p.item.Sightings {
			other := v.byID[s.Certificate]
			if other != nil && other != e && other.facts.identity == e.facts.identity {
				found[other] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b *Entry) int {
		return cmp.Or(b.NotBefore.Compare(a.NotBefore), cmp.Compare(a.ID, b.ID))
	})
}

// Worst are the certificates with the gravest findings that are not acknowledged, the most urgent
// first, and no more than limit.
func (v *View) Worst(limit int) []*Entry {
	var list []*Entry
	for _, e := range v.entries {
		if e.Severity >= verdict.Warning && e.Acknowledged == nil {
			list = append(list, e)
		}
	}
	slices.SortStableFunc(list, func(a, b *Entry) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(b.Leaves, a.Leaves))
	})
	return list[:min(limit, len(list))]
}

// build makes a view. What is known of certificates at any time is taken from earlier entries.
func build(contents inventory.Contents, policy Policy, now time.Time, earlier map[inventory.ID]*Entry) *View {
	v := &View{now: now, policy: policy, contents: contents,
		byID:  make(map[inventory.ID]*Entry, len(contents.Certificates)),
		items: make(map[itemKey]*inventory.Stored, len(contents.Items))}
	v.viewSources()
	for _, c := range contents.Certificates {
		if c.Certificate != nil {
			v.byID[c.ID] = &Entry{Certificate: c, facts: factsOf(c, earlier[c.ID])}
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
