package web

import (
	"errors"
	"net/http"
	"net/url"

	"cert-health/hub/internal/catalog"
)

// listPage is the list of certificates.
type listPage struct {
	Query   catalog.Query
	Rows    []row
	Total   int
	Form    form
	Chips   []chip
	Crumbs  []crumb
	Tree    []node
	Further int // nodes of the tree that are not shown
	Heads   []head
	Next    string // URL of the next page
	First   string // URL of the first page, on all others
	All     string // URL without any filter, if there is one
	Known   int    // certificates in use, whatever the filters
}

func (p *Pages) certificates(w http.ResponseWriter, r *http.Request) {
	given := r.URL.Query()
	query, err := catalog.ParseQuery(given)
	if err != nil {
		p.badQuery(w, r, err)
		return
	}
	clean := queryURL(query)
	if !partial(r) && hasEmpty(given) {
		http.Redirect(w, r, clean, http.StatusSeeOther)
		return
	}
	v := p.view()
	shown := p.page(r, "certificates", "Certificates")
	shown.Self, shown.Live, shown.Search = clean, true, query.Text
	shown.JSON, shown.CSV = twins("/v1/certificates", query.Values())
	shown.Body = listOf(v, query)
	if partial(r) && r.Header.Get("HX-Source") == "form#filters" {
		w.Header().Set("HX-Replace-Url", clean) // typing would fill the history
	}
	p.render(w, r, http.StatusOK, "certificates", shown)
}

// hasEmpty tells whether a form has sent fields that people left empty. They have no place in a URL
// that people keep.
func hasEmpty(given url.Values) bool {
	for _, values := range given {
		for _, value := range values {
			if value == "" {
				return true
			}
		}
	}
	return false
}

func (p *Pages) badQuery(w http.ResponseWriter, r *http.Request, err error) {
	var wrong *catalog.ParseError
	if errors.As(err, &wrong) {
		p.fail(w, r, http.StatusBadRequest, "The address has a filter that the hub does not understand", visible(wrong.Error())+".")
		return
	}
	p.broken(w, r, "read the filters", err)
}

// twins are the URLs of the same list for programs. Pages of these lists have tokens of their own.
func twins(path string, values url.Values) (json, csv string) {
	values.Del("after")
	query := ""
	if len(values) > 0 {
		query = "?" + values.Encode()
	}
	return path + query, path + ".csv" + query
}

func listOf(v *catalog.View, query catalog.Query) listPage {
	found := v.List(query)
	body := listPage{
		Query: query, Rows: rowsOf(found.Entries, v.Now()), Total: found.Total, Form: formOf(v, query, found.Counts),
		Chips: chipsOf(query), Heads: headsOf(query), Known: v.Summary().Counts.Total(),
	}
	body.Crumbs, body.Tree, body.Further = treeOf(v, query)
	if found.Next != "" {
		next := query
		next.After = found.Next
		body.Next = queryURL(next)
	}
	if query.After != "" {
		first := query
		first.After = ""
		body.First = queryURL(first)
	}
	if len(body.Chips) > 0 {
		body.All = "/certificates"
	}
	return body
}

// head is the head of a column.
type head struct {
	Name string
	URL  string // sorts by the column; empty if it cannot be sorted
	Sort string // ascending, descending, or empty
}

func headsOf(query catalog.Query) []head {
	return []head{
		{Name: "State"}, sortBy(query, "Certificate", catalog.ByName), sortBy(query, "Expires", catalog.ByNotAfter),
		sortBy(query, "Source", catalog.BySource), sortBy(query, "Path", catalog.ByPath),
	}
}

func sortBy(query catalog.Query, name string, key catalog.SortKey) head {
	current := query.Sort
	if current == "" {
		current = catalog.ByNotAfter
	}
	h := head{Name: name}
	next := query
	next.After, next.Sort, next.Descending = "", key, false
	if current == key {
		h.Sort, next.Descending = "ascending", !query.Descending
		if query.Descending {
			h.Sort = "descending"
		}
	}
	h.URL = queryURL(next)
	return h
}
