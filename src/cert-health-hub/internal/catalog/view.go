package catalog

import (
	"cmp"
	"maps"
	"slices"
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

	known    []*Entry // all, in the order of the contents
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
