package web

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"cert-health/hub/internal/catalog"
)

// How much the first page shows, so that it fits one screen.
const (
	nextRows  = 8  // certificates that expire next
	nextWeeks = 26 // weeks of the chart
	nextWidth = 520.0
)

// storesPage is the first page: the worst, what cannot be seen, and all sources.
type storesPage struct {
	Worst   worst
	Total   int
	Counts  []count
	Sources []sourceRow
	Seen    int // sources that are ok
	Unwell  []sourceRow
	Next    []row
	Chart   chart
	// Lost are findings about items that hold no certificate, such as hosts that never answered.
	Lost []catalog.Finding
}

func (p *Pages) stores(w http.ResponseWriter, r *http.Request) {
	v := p.view()
	shown := p.page(r, "stores", "Stores")
	shown.Live, shown.JSON = true, "/v1/summary"
	shown.Body = storesOf(v)
	p.render(w, r, http.StatusOK, "stores", shown)
}

func storesOf(v *catalog.View) storesPage {
	now := v.Now()
	counts := v.Summary().Counts
	body := storesPage{
		Worst: worstOf(v, counts), Total: counts.Total(), Counts: countsOf(counts), Sources: sourceRows(v),
		Next: rowsOf(nextToExpire(v, nextRows), now), Chart: chartOf(now, v.All(upcoming(nextWeeks)), nextWeeks, nextWidth), Lost: v.Problems(),
	}
	for _, s := range body.Sources {
		if s.State == string(catalog.SourceOK) {
			body.Seen++
		} else {
			body.Unwell = append(body.Unwell, s)
		}
	}
	return body
}

// nextToExpire are the certificates in use that expire next, those that have expired left out.
func nextToExpire(v *catalog.View, limit int) []*catalog.Entry {
	return v.List(catalog.Query{Expired: catalog.No, Limit: limit}).Entries
}

// sourceRow is a source as lists show it.
type sourceRow struct {
	catalog.SourceView
	State, Word string
	Counts      []count
	Used        []count // those of certificates in use
	Bar         []part
	Total       int
	URL         string
	Last, Next  ago
}

// ago is a time and how long ago that is.
type ago struct {
	At    time.Time
	Words string
}

// For is how long ago the time is, as in "for 2 hours".
func (a ago) For() string { return strings.TrimSuffix(a.Words, " ago") }

func agoOf(now, at time.Time) ago { return ago{at, relative(now, at)} }

func sourceRows(v *catalog.View) []sourceRow {
	var rows []sourceRow
	for _, s := range v.Sources() {
		used := maps.Clone(s.Counts)
		delete(used, catalog.History)
		rows = append(rows, sourceRow{
			SourceView: s, State: string(s.State), Word: sourceWord(s.State), Counts: countsOf(s.Counts, "source", s.Name),
			Used: countsOf(used, "source", s.Name),
			Bar:  barOf(s.Counts), Total: s.Counts.Total(), URL: listURL("source", s.Name),
			Last: agoOf(v.Now(), s.LastSuccess), Next: agoOf(v.Now(), s.NextAttempt),
		})
	}
	return rows
}

// sourceWord is the state of a source in words.
func sourceWord(state catalog.SourceState) string {
	switch state {
	case catalog.SourcePartial:
		return "partly seen"
	case catalog.SourceNever:
		return "never seen"
	case catalog.SourceOK:
		return "seen"
	}
	return string(state)
}
