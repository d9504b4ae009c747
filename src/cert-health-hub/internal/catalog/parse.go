package catalog

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cert-health/internal/strict"
)

// The limits of a query. Longer ones are not written by people.
const (
	maxText   = 500
	maxValues = 100
)

// ParseError is a fault of a query. Key is the parameter that is wrong.
type ParseError struct {
	Key     string
	Message string // the rest of the sentence behind the key
}

// Error names the key.
func (e *ParseError) Error() string { return fmt.Sprintf("the parameter %q: %s", e.Key, e.Message) }

// parser reads one parameter into a query.
type parser func(q *Query, values []string) error

// parsers has an entry for each parameter.
func parsers() map[string]parser {
	return map[string]parser{
		"q":            one(func(q *Query, s string) error { q.Text = strings.TrimSpace(s); return nil }),
		"source":       func(q *Query, values []string) error { q.Sources = values; return nil },
		"type":         parseTypes,
		"path":         one(func(q *Query, s string) error { q.Path = s; return nil }),
		"state":        parseStates,
		"within":       one(func(q *Query, s string) error { return parseSpan(&q.Within, s) }),
		"beyond":       one(func(q *Query, s string) error { return parseSpan(&q.Beyond, s) }),
		"expired":      one(func(q *Query, s string) error { return parseChoice(&q.Expired, s) }),
		"ca":           one(func(q *Query, s string) error { return parseChoice(&q.CA, s) }),
		"acknowledged": one(func(q *Query, s string) error { return parseChoice(&q.Acknowledged, s) }),
		"sort":         one(parseSort),
		"after":        one(parseAfter),
		"limit":        one(parseLimit),
	}
}

// Parameters are the names of all parameters of a query, in order.
func Parameters() []string { return slices.Sorted(maps.Keys(parsers())) }

// ParseQuery reads a query from the parameters of a URL. An empty value is as good as none. An error
// is a *ParseError.
func ParseQuery(values url.Values) (Query, error) {
	var q Query
	known := parsers()
	for _, key := range slices.Sorted(maps.Keys(values)) {
		parse := known[key]
		if parse == nil {
			return Query{}, &ParseError{key[:min(len(key), 40)], "it is not a parameter of this list" + strict.Hint(key[:min(len(key), 40)], Parameters())}
		}
		given := slices.DeleteFunc(slices.Clone(values[key]), func(s string) bool { return s == "" })
		if len(given) == 0 {
			continue
		}
		if err := check(given); err != nil {
			return Query{}, &ParseError{key, err.Error()}
		}
		if err := parse(&q, given); err != nil {
			return Query{}, &ParseError{key, err.Error()}
		}
	}
	return q, nil
}

func check(values []string) error {
	if len(values) > maxValues {
		return fmt.Errorf("it is given more than %d times", maxValues)
	}
	for _, value := range values {
		if len(value) > maxText {
			return fmt.Errorf("it has more than %d bytes", maxText)
		}
		if !utf8.ValidString(value) {
			return fmt.Errorf("it is not valid UTF-8")
		}
	}
	return nil
}

// one reads a parameter that may be given once.
func one(parse func(*Query, string) error) parser {
	return func(q *Query, values []string) error {
		if len(values) > 1 {
			return fmt.Errorf("it is given %d times; give it once", len(values))
		}
		return parse(q, values[0])
	}
}

// types are those of all sources. The last one is that of the hub's own certificate.
func types() []string { return []string{"vault", "credhub", "opsman", "director", "tls", "hub"} }

func parseTypes(q *Query, values []string) error {
	for _, value := range values {
		if !slices.Contains(types(), value) {
			return fmt.Errorf("it must be one of %s%s", strings.Join(types(), ", "), strict.Hint(value[:min(len(value), 40)], types()))
		}
	}
	q.Types = values
	return nil
}

func parseStates(q *Query, values []string) error {
	for _, value := range values {
		state := State(value)
		if !slices.Contains(States(), state) {
			return fmt.Errorf("it must be one of %s%s", join(States()), strict.Hint(value[:min(len(value), 40)], words(States())))
		}
		if !slices.Contains(q.States, state) {
			q.States = append(q.States, state)
		}
	}
	return nil
}

func parseSpan(into *Span, text string) error {
	d, err := ParseDuration(text)
	if err != nil {
		return err
	}
	*into = SpanOf(d)
	return nil
}

func parseChoice(into *Choice, text string) error {
	switch text {
	case "true":
		*into = Yes
	case "false":
		*into = No
	default:
		return fmt.Errorf("it must be true or false")
	}
	return nil
}

func parseSort(q *Query, text string) error {
	name, descending := strings.CutPrefix(text, "-")
	if !slices.Contains(SortKeys(), SortKey(name)) {
		return fmt.Errorf("it must be one of %s, with a minus in front to reverse it", join(SortKeys()))
	}
	q.Sort, q.Descending = SortKey(name), descending
	return nil
}

func parseLimit(q *Query, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > MaxLimit {
		return fmt.Errorf("it must be a number from 1 to %d", MaxLimit)
	}
	q.Limit = n
	return nil
}

func words[T ~string](list []T) []string {
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = string(item)
	}
	return texts
}

func join[T ~string](list []T) string { return strings.Join(words(list), ", ") }
