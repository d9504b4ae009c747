package catalog

import "slices"

// Page is a part of a list.
type Page struct {
	Entries []*Entry
	Total   int    // of the whole list
	Counts  Counts // of the list without the filter by state
	Next    string // Query.After of the next page; empty on the last one
}

// List selects certificates. Counts[s] is the Total of the same query with the state s only.
func (v *View) List(q Query) Page {
	m := v.matcher(q)
	page := Page{Counts: Counts{}}
	key, limit := q.Sort, q.Limit
	if key == "" {
		key = ByNotAfter
	}
	if limit <= 0 || limit > MaxLimit {
		limit = DefaultLimit
	}
	resume := v.resume(q, key)
	for i, e := range v.inOrder(key, q.Descending) {
		if !m.matches(e) {
			continue
		}
		page.Counts[e.State]++
		if !m.shows(e.State) {
			continue
		}
		page.Total++
		switch {
		case i < resume:
		case len(page.Entries) < limit:
			page.Entries = append(page.Entries, e)
		case page.Next == "":
			page.Next = token(key, page.Entries[limit-1])
		}
	}
	return page
}

// All are all entries that the query selects, without paging.
func (v *View) All(q Query) []*Entry {
	m := v.matcher(q)
	var list []*Entry
	for _, e := range v.inOrder(q.Sort, q.Descending) {
		if m.shows(e.State) && m.matches(e) {
			list = append(list, e)
		}
	}
	return list
}

// inOrder yields the position and the entry.
func (v *View) inOrder(key SortKey, descending bool) func(yield func(int, *Entry) bool) {
	if key == "" {
		key = ByNotAfter
	}
	list := v.orders[key]
	return func(yield func(int, *Entry) bool) {
		for i := range list {
			at := i
			if descending {
				at = len(list) - 1 - i
			}
			if !yield(i, list[at]) {
				return
			}
		}
	}
}

// resume is the number of entries before the page, filtered or not.
func (v *View) resume(q Query, key SortKey) int {
	if q.After == "" {
		return 0
	}
	at, err := parseToken(q.After)
	if err != nil {
		return 0
	}
	list := v.orders[key]
	i, found := slices.BinarySearchFunc(list, at, func(e *Entry, at position) int {
		return position{sortText(key, e), e.ID}.compare(at)
	})
	switch {
	case q.Descending:
		return len(list) - i
	case found:
		return i + 1
	}
	return i
}
