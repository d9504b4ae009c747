package web

import (
	"cmp"
	"errors"
	"net/http"
	"slices"

	"cert-health/hub/internal/catalog"
)

// mostUnseen is how many unseen parts of one source the page lists.
const mostUnseen = 50

// sourcesPage is the health of all sources.
type sourcesPage struct {
	Sources    []sourceRow
	Lost       []catalog.Finding
	CanRefresh bool
	Asked      string // a source that was just asked again; "all" for all
}

func (p *Pages) sources(w http.ResponseWriter, r *http.Request) {
	v := p.view()
	shown := p.page(r, "sources", "Sources")
	shown.Live, shown.JSON, shown.CSV = true, "/v1/sources", "/v1/sources.csv"
	shown.Body = sourcesPage{
		Sources: unwellFirst(sourceRows(v)), Lost: v.Problems(), CanRefresh: shown.Person.Operator && p.Refresher != nil,
		Asked: r.URL.Query().Get("asked"),
	}
	shown.Self = "/sources" // so that the note about the refresh goes away
	p.render(w, r, http.StatusOK, "sources", shown)
}

// unwellFirst puts the sources that cannot be seen at the front.
func unwellFirst(rows []sourceRow) []sourceRow {
	rank := func(r sourceRow) int {
		return slices.Index([]catalog.SourceState{catalog.SourceNever, catalog.SourceStale, catalog.SourceFailing, catalog.SourcePartial, catalog.SourceOK}, r.SourceView.State)
	}
	slices.SortStableFunc(rows, func(a, b sourceRow) int { return cmp.Compare(rank(a), rank(b)) })
	return rows
}

// Listed are the unseen parts that the page lists.
func (s sourceRow) Listed() []unseen {
	var list []unseen
	for _, u := range s.Unseen[:min(mostUnseen, len(s.Unseen))] {
		path := u.Path
		if path == "" {
			path = "the whole source"
		}
		list = append(list, unseen{path, u.Reason})
	}
	return list
}

// unseen is a part of a source that could not be seen.
type unseen struct{ Path, Reason string }

// Unlisted is the number of unseen parts that the page does not list.
func (s sourceRow) Unlisted() int { return max(0, len(s.Unseen)-mostUnseen) }

// Every is how often the source is asked.
func (s sourceRow) Every() string { return span(s.Interval) }

// refresh asks one source again, or all.
func (p *Pages) refresh(w http.ResponseWriter, r *http.Request) {
	if p.Refresher == nil {
		p.missing(w, r)
		return
	}
	if !p.readForm(w, r) {
		return
	}
	name := r.PostForm.Get("source")
	if _, known := p.view().Source(name); name != "" && !known {
		p.fail(w, r, http.StatusNotFound, "The hub has no source with this name", "Go back to the sources and choose one of the list.")
		return
	}
	err := p.Refresher.Refresh(r.Context(), name, p.People.Person(r).Name)
	switch {
	case errors.Is(err, ErrElsewhere):
		p.fail(w, r, http.StatusConflict, "Another hub collects", "This hub cannot tell it to. Wait for its next collection, or ask on the pages of the other hub.")
		return
	case err != nil:
		p.broken(w, r, "ask the source again", err)
		return
	}
	if name == "" {
		name = "all"
	}
	http.Redirect(w, r, "/sources?"+fieldQuery("asked", name), http.StatusSeeOther)
}
