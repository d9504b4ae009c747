package web

import (
	"fmt"
	"html/template"
	"strings"

	"cert-health/hub/internal/catalog"
)

// marks are the shapes of all states, ready for pages. They are made once: a long list has many.
type marks map[string]template.HTML

// readMarks makes the shapes from the template "icon".
func readMarks() (marks, error) {
	templates, err := template.ParseFS(templateFiles, "templates/icon.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read the shapes of the states: %w", err)
	}
	all := marks{}
	for _, state := range shapes() {
		var out strings.Builder
		if err := templates.ExecuteTemplate(&out, "icon", state); err != nil {
			return nil, fmt.Errorf("draw the shape of a state: %w", err)
		}
		all[state] = template.HTML(out.String())
	}
	return all, nil
}

// shapes are the names of all states that have a shape.
func shapes() []string {
	names := append(fleetMarks(), "unknown")
	for _, state := range catalog.States() {
		names = append(names, string(state))
	}
	return names
}

// icon is the shape of a state.
func (m marks) icon(state string) template.HTML {
	if shape, known := m[state]; known {
		return shape
	}
	return m["unknown"]
}

// state is a state with its shape, its word and its colour.
func (m marks) state(shown mark) template.HTML {
	text := m.one(shown.State, shown.Word)
	if shown.Unverified {
		text += " " + m.one(string(catalog.Unverified), catalog.Unverified.Title())
	}
	return template.HTML(text)
}

func (m marks) one(state, word string) string {
	return `<span class="state s-` + template.HTMLEscapeString(state) + `">` + string(m.icon(state)) + " " + template.HTMLEscapeString(word) + `</span>`
}
