package collect

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/reference"
)

// merged is what a collection changes.
type merged struct {
	changed []inventory.Stored
	gone    []string
	left    int // items after it
	words   []change
}

// change is one change in words.
type change struct{ what, path, reason string }

// merge compares a collection with what was known. What was neither seen nor covered by an Unseen is
// gone; what is covered stays as it was last seen.
func merge(source inventory.Health, known map[string]inventory.Stored, c *inventory.Collection, now time.Time) (m merged) {
	seen := make(map[string]bool, len(c.Items))
	for _, item := range c.Items {
		if seen[item.Path] || item.Path == "" {
			continue
		}
		seen[item.Path] = true
		m.left += counted(item)
		stored := inventory.Stored{Source: source.Name, Item: item, FirstSeen: now, LastSeen: now, Unseen: named(item.Path, c.Unseen)}
		if before, there := known[item.Path]; there {
			m.update(source, before, stored)
			continue
		}
		if stored.Unseen != "" {
			stored.LastSeen = time.Time{} // never
		}
		m.change("found", stored)
	}
	for path, before := range known {
		if !seen[path] {
			m.miss(source, before, c.Unseen)
		}
	}
	slices.Sort(m.gone)
	return m
}

// update handles an item that was known.
func (m *merged) update(source inventory.Health, before, stored inventory.Stored) {
	stored.FirstSeen = before.FirstSeen
	what, equal := "changed", same(before.Item, stored.Item)
	switch {
	case equal && before.Unseen == stored.Unseen:
		return
	case stored.Unseen != "":
		stored.LastSeen = db.LastSeen(before, source)
		what = "not seen"
	case equal:
		what = "seen again"
	}
	m.change(what, stored)
}

func (m *merged) change(what string, item inventory.Stored) {
	m.changed = append(m.changed, item)
	m.say(what, item)
}

// say notes a change in words. A deploy changes all instances: they are only counted.
func (m *merged) say(what string, item inventory.Stored) {
	if item.Instance == nil {
		m.words = append(m.words, change{what: what, path: item.Path, reason: item.Unseen})
	}
}

// miss handles an item that was not seen.
func (m *merged) miss(source inventory.Health, before inventory.Stored, unseen []inventory.Unseen) {
	reason, covered := reasonFor(before.Path, unseen)
	switch {
	case !covered:
		m.gone = append(m.gone, before.Path)
		before.Unseen = ""
		m.say("gone", before)
		return
	case before.Unseen != reason:
		before.LastSeen = db.LastSeen(before, source)
		before.Unseen = reason
		m.change("not seen", before)
	}
	m.left += counted(before.Item)
}

// counted is 1 for an item that people count: an instance is none.
func counted(item inventory.Item) int {
	if item.Instance != nil {
		return 0
	}
	return 1
}

func countedOf(items map[string]inventory.Stored) (count int) {
	for _, stored := range items {
		count += counted(stored.Item)
	}
	return count
}

// named is why a source says of an item that it could not see it, but gives what is to say about it:
// a finding. The reason is empty if the item was seen.
func named(path string, unseen []inventory.Unseen) string {
	for _, u := range unseen {
		if u.Path == path {
			return cmp.Or(u.Reason, notRead)
		}
	}
	return ""
}

// notRead is the reason of a source that gives none.
const notRead = "it could not be read"

// reasonFor is why an item could not be seen, by the part that is nearest to it.
func reasonFor(path string, unseen []inventory.Unseen) (reason string, covered bool) {
	nearest := -1
	for _, u := range unseen {
		if u.Covers(path) && len(u.Path) > nearest {
			reason, covered, nearest = u.Reason, true, len(u.Path)
		}
	}
	if covered && reason == "" {
		reason = notRead
	}
	return reason, covered
}

// same tells whether two items are equal. The database rounds times.
func same(a, b inventory.Item) bool {
	return a.Path == b.Path && a.Kind == b.Kind && a.Version == b.Version &&
		slices.EqualFunc(a.Sightings, b.Sightings, sameSighting) &&
		slices.Equal(a.Details, b.Details) && sameFindings(a.Findings, b.Findings) &&
		sameInstance(a.Instance, b.Instance) && a.Mount == b.Mount && slices.EqualFunc(a.Versions, b.Versions, sameVersion) && slices.EqualFunc(a.Revoked, b.Revoked, sameRevocation)
}

func sameInstance(a, b *inventory.Listed) bool {
	if a == nil || b == nil {
		return a == b
	}
	one, other := *a, *b
	one.Addresses, other.Addresses = nil, nil
	return slices.Equal(a.Addresses, b.Addresses) && reflect.DeepEqual(one, other)
}

func sameVersion(a, b inventory.Version) bool {
	return a.Number == b.Number && a.Deleted == b.Deleted && slices.Equal(a.Holds, b.Holds) &&
		a.Created.Truncate(time.Second).Equal(b.Created.Truncate(time.Second)) && a.DeletedAt.Truncate(time.Second).Equal(b.DeletedAt.Truncate(time.Second))
}

func sameRevocation(a, b reference.Revocation) bool {
	return a.Signer == b.Signer && a.Serial == b.Serial && a.At.Equal(b.At)
}

func sameSighting(a, b inventory.Sighting) bool {
	since := a.Since.Truncate(time.Second).Equal(b.Since.Truncate(time.Second))
	a.Since, b.Since = time.Time{}, time.Time{}
	return since && a == b
}

func sameFindings(a, b []inventory.Finding) bool {
	return len(a) == 0 && len(b) == 0 || reflect.DeepEqual(a, b)
}
