package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// The limits of a list of the fleet.
const (
	mostValues  = 20 // of one filter
	listedAPage = 200
	longestText = 1000 // bytes of one value
	latestPage  = 100_000
)

// filter is what a list of the fleet is narrowed to, as its URL says it.
type filter struct {
	path   string
	names  []string // the filters that the list has, in the order of their chips
	values url.Values
	page   int // from 1
}

// readFilter reads the filters of a URL. Its error is a sentence for the person.
func readFilter(path string, given url.Values, names ...string) (filter, error) {
	f := filter{path: path, names: names, values: url.Values{}, page: 1}
	for name, values := range given {
		if name == "page" {
			page, err := strconv.Atoi(values[0])
			if err != nil || page < 1 || page > latestPage {
				return f, fmt.Errorf("the parameter page must be a number from 1 to %d", latestPage)
			}
			f.page = page
			continue
		}
		if !slices.Contains(names, name) {
			return f, fmt.Errorf("this list has no filter %q; it has %q", short(name), names)
		}
		if len(values) > mostValues {
			return f, fmt.Errorf("the filter %s has more than %d values", name, mostValues)
		}
		for _, value := range values {
			if len(value) > longestText {
				return f, fmt.Errorf("a value of the filter %s has more than %d bytes", name, longestText)
			}
			if value != "" && !slices.Contains(f.values[name], value) {
				f.values.Add(name, value)
			}
		}
	}
	return f, nil
}

// filtered reads the filters of a request, and answers it if they are wrong. A form sends fields that people
// left empty; they have no place in a URL that people keep.
func (p *Pages) filtered(w http.ResponseWriter, r *http.Request, path string, names ...string) (f filter, ok bool) {
	f, err := readFilter(path, r.URL.Query(), names...)
	if err != nil {
		p.fail(w, r, http.StatusBadRequest, "The address has a filter that the hub does not understand", visible(err.Error())+".")
		return f, false
	}
	if !partial(r) && hasEmpty(r.URL.Query()) {
		http.Redirect(w, r, f.url(), http.StatusSeeOther)
		return f, false
	}
	if partial(r) && r.Header.Get("HX-Source") == "form#filters" {
		w.Header().Set("HX-Replace-Url", f.url()) // typing would fill the history
	}
	return f, true
}

// one is the first value of a filter; empty if it is off.
func (f filter) one(name string) string { return f.values.Get(name) }

// has tells whether a list with this filter shows a value.
func (f filter) has(name, value string) bool { return slices.Contains(f.values[name], value) }

// takes tells whether a value passes a filter: it is one of its values, or the filter is off.
func (f filter) takes(name, value string) bool { return len(f.values[name]) == 0 || f.has(name, value) }

// hidden are the filters that a form keeps although it has no field for them.
func (f filter) hidden(names ...string) (list []field) {
	for _, name := range names {
		for _, value := range f.values[name] {
			list = append(list, field{name, value})
		}
	}
	return list
}

// url is the list itself, at its page.
func (f filter) url() string {
	values := f.copied()
	if f.page > 1 {
		values.Set("page", strconv.Itoa(f.page))
	}
	return address(f.path, values)
}

// at is the same list at another page.
func (f filter) at(page int) string {
	f.page = page
	return f.url()
}

// with is the first page of the list with more filters, given as names and values.
func (f filter) with(pairs ...string) string {
	values := f.copied()
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return address(f.path, values)
}

// without is the list without a filter.
func (f filter) without(name string) string {
	values := f.copied()
	values.Del(name)
	return address(f.path, values)
}

// chips are the filters that are on, each with the URL without it.
func (f filter) chips() (chips []chip) {
	for _, name := range f.names {
		if name == "after" {
			continue
		}
		for i, value := range f.values[name] {
			values := f.copied()
			values.Del("after")
			values[name] = slices.Delete(values[name], i, i+1)
			chips = append(chips, chip{filterWords(name, value), address(f.path, values)})
		}
	}
	return chips
}

// filterWords are the words of a filter that is on.
func filterWords(name, value string) string {
	switch name {
	case "q":
		return "“" + short(value) + "”"
	case "has":
		return hasWords(value)
	case "file", "process", "certificate", "row":
		return name + " " + short(value[:min(len(value), 12)])
	}
	return name + " " + short(value)
}

func (f filter) copied() url.Values {
	values := url.Values{}
	for name, list := range f.values {
		values[name] = slices.Clone(list)
	}
	return values
}

// address is a path with a query, if there is one. Names and values are given as pairs or as values.
func address(path string, values url.Values) string {
	if encoded := values.Encode(); encoded != "" {
		return path + "?" + encoded
	}
	return path
}

// addressOf is a path with a query of names and values; pairs without a value are left out.
func addressOf(path string, pairs ...string) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	return address(path, values)
}
