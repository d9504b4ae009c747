package catalog

import (
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Query selects certificates. Its zero value selects all that are in use.
type Query struct {
	Text    string   // words that all occur in a name, number or path
	Sources []string // any of them
	Types   []string // of sources, any of them
	// Path is that of an item and what is below it. With a slash at the end it is only what is below.
	Path   string
	States []State // any of them; none: all but History
	// Within selects certificates that end within the duration, and those that have ended.
	Within Span
	// Beyond selects certificates that end later than that.
	Beyond       Span
	Expired      Choice
	CA           Choice
	Acknowledged Choice

	Sort       SortKey // empty: NotAfter
	Descending bool
	After      string // Page.Next of the page before
	Limit      int    // 0: DefaultLimit
}

// The number of entries of a page.
const (
	DefaultLimit = 100
	MaxLimit     = 1000
)

// Span is a duration that may be absent.
type Span struct {
	Duration time.Duration
	Set      bool
}

// SpanOf is a duration that is there.
func SpanOf(d time.Duration) Span { return Span{d, true} }

// Choice is a filter for one property.
type Choice int

// The choices.
const (
	Any Choice = iota
	Yes
	No
)

func choiceOf(value bool) Choice {
	if value {
		return Yes
	}
	return No
}

func (c Choice) allows(value bool) bool { return c == Any || c == choiceOf(value) }

// SortKey is what a list is ordered by.
type SortKey string

// The sort keys. There are no others.
const (
	ByNotAfter SortKey = "not_after"
	ByName     SortKey = "name"
	ByPath     SortKey = "path"
	BySource   SortKey = "source"
)

// SortKeys lists all sort keys.
func SortKeys() []SortKey { return []SortKey{ByNotAfter, ByName, ByPath, BySource} }

// WithStates is the query for these states only, from its first page on.
func (q Query) WithStates(states ...State) Query {
	q.States, q.After = states, ""
	return q
}

// Values writes the query as ParseQuery reads it. Defaults are left out.
func (q Query) Values() url.Values {
	values := url.Values{}
	set := func(key, value string) {
		if value != "" {
			values.Set(key, value)
		}
	}
	set("q", q.Text)
	set("path", q.Path)
	set("within", q.Within.text())
	set("beyond", q.Beyond.text())
	set("expired", q.Expired.text())
	set("ca", q.CA.text())
	set("acknowledged", q.Acknowledged.text())
	set("sort", q.sortText())
	set("after", q.After)
	if q.Limit != 0 {
		set("limit", strconv.Itoa(q.Limit))
	}
	q.lists(values)
	return values
}

func (q Query) lists(values url.Values) {
	if len(q.Sources) > 0 {
		values["source"] = slices.Clone(q.Sources)
	}
	if len(q.Types) > 0 {
		values["type"] = slices.Clone(q.Types)
	}
	for _, state := range q.States {
		values.Add("state", string(state))
	}
}

func (s Span) text() string {
	if !s.Set {
		return ""
	}
	return FormatDuration(s.Duration)
}

func (c Choice) text() string {
	switch c {
	case Yes:
		return "true"
	case No:
		return "false"
	}
	return ""
}

func (q Query) sortText() string {
	key := q.Sort
	if q.Descending {
		if key == "" {
			key = ByNotAfter
		}
		return "-" + string(key)
	}
	if key == ByNotAfter {
		return ""
	}
	return string(key)
}
