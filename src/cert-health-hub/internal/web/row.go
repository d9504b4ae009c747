package web

import (
	"net/url"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
)

// mark is a state as pages show it.
type mark struct {
	State      string
	Word       string
	Unverified bool // beside another state
}

// Mark is the mark itself, for templates of what embeds it.
func (m mark) Mark() mark { return m }

func markOf(e *catalog.Entry) mark {
	return mark{string(e.State), e.State.Title(), e.Unverified && e.State != catalog.Unverified}
}

// row is one certificate in a list.
type row struct {
	mark
	Entry *catalog.Entry
	URL   string
	Left  string // until it expires, in few letters
	Past  bool   // whether that is over
	// Where is the first place; More is the number of the others.
	Where *catalog.Placement
	More  int
}

func rowOf(e *catalog.Entry, now time.Time) row {
	r := row{mark: markOf(e), Entry: e, URL: certificateURL(e.ID), Left: brief(e.NotAfter.Sub(now)), Past: e.NotAfter.Before(now)}
	if len(e.Placements) > 0 {
		r.Where, r.More = &e.Placements[0], len(e.Placements)-1
	}
	return r
}

func rowsOf(entries []*catalog.Entry, now time.Time) []row {
	rows := make([]row, len(entries))
	for i, e := range entries {
		rows[i] = rowOf(e, now)
	}
	return rows
}

func certificateURL(id inventory.ID) string { return "/certificates/" + url.PathEscape(string(id)) }

// listURL is the list of certificates with a query, given as keys and values.
func listURL(pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	if len(values) == 0 {
		return "/certificates"
	}
	return "/certificates?" + values.Encode()
}

// queryURL is the list of certificates that a query selects.
func queryURL(q catalog.Query) string {
	values := q.Values()
	if len(values) == 0 {
		return "/certificates"
	}
	return "/certificates?" + values.Encode()
}

// count is a number of certificates that links to exactly these.
type count struct {
	State, Word string
	Count       int
	URL         string
}

// countsOf lists counts, the gravest state first, without those of no certificate.
func countsOf(counts catalog.Counts, query ...string) []count {
	var list []count
	for _, state := range catalog.States() {
		if n := counts[state]; n > 0 {
			list = append(list, count{string(state), state.Title(), n, listURL(append([]string{"state", string(state)}, query...)...)})
		}
	}
	return list
}

// part is one piece of a bar, in percent of its length.
type part struct {
	State       string
	From, Width float64
}

// barOf divides a bar by counts. What is history has no part of it.
func barOf(counts catalog.Counts) []part {
	total := counts.Total()
	var bar []part
	at := 0.0
	for _, state := range catalog.States() {
		n := counts[state]
		if n == 0 || state == catalog.History {
			continue
		}
		width := 100 * float64(n) / float64(total)
		bar = append(bar, part{string(state), at, width})
		at += width
	}
	return bar
}
