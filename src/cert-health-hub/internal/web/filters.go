package web

import (
	"slices"
	"strings"

	"cert-health/hub/internal/catalog"
)

// form holds the fields of the filters.
type form struct {
	Text    string
	Hidden  []field // what has no field of its own, and stays
	States  []choice
	Sources []choice
	Within  []choice
	CA      []choice
	Acks    []choice
}

// field is one named value of a form.
type field struct{ Name, Value string }

// choice is one option of a field.
type choice struct {
	Value, Word string
	Chosen      bool
	Count       int
	Mark        string // the state that its icon shows
}

func formOf(v *catalog.View, q catalog.Query, counts catalog.Counts) form {
	f := form{Text: q.Text, Within: withinChoices(q), CA: yesNo(q.CA, "CAs and leaves", "only CAs", "only leaves"),
		Acks: yesNo(q.Acknowledged, "acknowledged or not", "only acknowledged", "only not acknowledged")}
	for _, state := range catalog.States() {
		f.States = append(f.States, choice{string(state), state.Title(), slices.Contains(q.States, state), counts[state], string(state)})
	}
	for _, s := range v.Sources() {
		f.Sources = append(f.Sources, choice{s.Name, s.Name, slices.Contains(q.Sources, s.Name), s.Counts.Total(), ""})
	}
	values := q.Values()
	for _, name := range []string{"type", "path", "beyond", "expired", "sort", "limit"} {
		for _, value := range values[name] {
			f.Hidden = append(f.Hidden, field{name, value})
		}
	}
	return f
}

// withinChoices are the usual durations, and the one of the query.
func withinChoices(q catalog.Query) []choice {
	current := q.Values().Get("within")
	list := []choice{{"", "at any time", current == "", 0, ""}}
	found := current == ""
	for _, days := range []choice{{Value: "7d", Word: "within 7 days"}, {Value: "30d", Word: "within 30 days"},
		{Value: "90d", Word: "within 90 days"}, {Value: "1y", Word: "within a year"}} {
		days.Chosen = days.Value == current
		found = found || days.Chosen
		list = append(list, days)
	}
	if !found {
		list = append(list, choice{current, "within " + current, true, 0, ""})
	}
	return list
}

func yesNo(current catalog.Choice, any, yes, no string) []choice {
	return []choice{{"", any, current == catalog.Any, 0, ""}, {"true", yes, current == catalog.Yes, 0, ""}, {"false", no, current == catalog.No, 0, ""}}
}

// chip is a filter that is on, and the URL without it.
type chip struct{ Text, URL string }

// chipsOf lists the filters that are on.
func chipsOf(q catalog.Query) []chip {
	var chips []chip
	values := q.Values()
	for _, name := range []string{"q", "source", "type", "path", "state", "within", "beyond", "expired", "ca", "acknowledged"} {
		for i, value := range values[name] {
			without := q.Values()
			without.Del("after")
			without[name] = slices.Delete(slices.Clone(values[name]), i, i+1)
			url := "/certificates"
			if encoded := without.Encode(); encoded != "" {
				url += "?" + encoded
			}
			chips = append(chips, chip{chipWords(name, value), url})
		}
	}
	return chips
}

func chipWords(name, value string) string {
	switch name {
	case "q":
		return "“" + short(value) + "”"
	case "state":
		return strings.ReplaceAll(value, "_", " ")
	case "within":
		return "expires within " + value
	case "beyond":
		return "expires later than " + value
	case "expired":
		return map[string]string{"true": "expired", "false": "not expired"}[value]
	case "ca":
		return map[string]string{"true": "only CAs", "false": "only leaves"}[value]
	case "acknowledged":
		return map[string]string{"true": "acknowledged", "false": "not acknowledged"}[value]
	}
	return name + " " + short(value)
}
