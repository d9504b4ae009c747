package catalog

import (
	"slices"

	"cert-health/hub/internal/inventory"
)

// itemFindings gives each entry the findings of its items. Those about an item without a certificate
// become problems of the view.
func (v *View) itemFindings() map[*Entry][]Finding {
	found := map[*Entry][]Finding{}
	for i := range v.contents.Items {
		item := &v.contents.Items[i]
		for _, f := range item.Findings {
			about := v.concerned(item, f)
			for _, e := range about {
				found[e] = append(found[e], Finding{Finding: f, Source: item.Source, Path: item.Path})
			}
			if len(about) == 0 {
				v.problems = append(v.problems, Finding{Finding: f, Source: item.Source, Path: item.Path})
			}
		}
	}
	return found
}

// concerned are the entries that a finding of an item is about: the certificate that it names, or
// else the leaves of the item in use, or all its certificates in use if none is a leaf.
func (v *View) concerned(item *inventory.Stored, f inventory.Finding) []*Entry {
	if e := v.byID[f.Certificate]; f.Certificate != "" && e != nil && len(e.InUse()) > 0 {
		return []*Entry{e}
	}
	var leaves, all []*Entry
	for _, s := range item.Sightings {
		e := v.byID[s.Certificate]
		if e == nil || !s.State.InUse() || slices.Contains(all, e) {
			continue
		}
		all = append(all, e)
		if !e.CA {
			leaves = append(leaves, e)
		}
	}
	if len(leaves) > 0 {
		return leaves
	}
	return all
}
