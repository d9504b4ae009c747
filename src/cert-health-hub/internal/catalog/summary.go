package catalog

import "cert-health/hub/internal/inventory"

// Summary are the numbers of all certificates in use, and of the sources.
type Summary struct {
	Counts  Counts
	Sources map[SourceState]int
	// Problems is the number of items that hold no certificate and have a finding.
	Problems int
}

// Summary counts everything.
func (v *View) Summary() Summary {
	s := Summary{Counts: Counts{}, Sources: map[SourceState]int{}, Problems: len(v.problems)}
	for _, e := range v.entries {
		s.Counts[e.State]++
	}
	for _, source := range v.sources {
		s.Sources[source.State]++
	}
	return s
}

// Item returns an item of a source as it was last seen.
func (v *View) Item(source, path string) (inventory.Stored, bool) {
	item := v.items[itemKey{source, path}]
	if item == nil {
		return inventory.Stored{}, false
	}
	return *item, true
}
