package terminal

import (
	"fmt"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// shownProblems is how many places of one problem are named.
const shownProblems = 20

// problems writes a paragraph for each thing that expires, and one for everything that
// could not be read or compared.
func (t *table) problems() {
	var unread groups
	for i := range t.report.Problems {
		p := &t.report.Problems[i]
		if p.About == "" {
			unread.add(p)
			continue
		}
		t.title(p.About + " [" + string(p.Code) + "]")
		if p.File != "" {
			t.entry("at", p.Place())
		}
		t.finding(p.Item().Finding)
		t.next(p.Item().Finding)
	}
	for i, equal := range unread.list {
		if i == 0 {
			t.title("Could not be read or compared")
		}
		t.unread(*equal)
	}
}

// groups are problems that differ in their places only.
type groups struct {
	list  []*[]*report.Problem
	byKey map[groupKey]*[]*report.Problem
}

// groupKey is what equal problems have in common.
type groupKey struct {
	code               verdict.Code
	severity           verdict.Severity
	message, why, next string
	file               bool
}

func (g *groups) add(p *report.Problem) {
	key := groupKey{p.Code, p.Severity, p.Message, p.Why, p.Next, p.File != ""}
	if g.byKey == nil {
		g.byKey = map[groupKey]*[]*report.Problem{}
	}
	equal := g.byKey[key]
	if equal == nil {
		equal = &[]*report.Problem{}
		g.byKey[key], g.list = equal, append(g.list, equal)
	}
	*equal = append(*equal, p)
}

// unread writes what could not be read or compared, once for all places with the same problem.
func (t *table) unread(equal []*report.Problem) {
	f := equal[0].Item().Finding
	text := equal[0].PlaceAndMessage()
	if len(equal) > 1 && equal[0].File != "" {
		text = fmt.Sprintf("%d places: %s", len(equal), f.Message)
	}
	t.severity(f.Severity, text)
	if f.Why != "" {
		t.entry("why", f.Why)
	}
	t.next(f)
	if len(equal) == 1 || equal[0].File == "" {
		return
	}
	var places []string
	for _, p := range equal {
		places = append(places, p.Place())
	}
	shown := shownProblems
	if t.style.Verbose {
		shown = len(places)
	}
	t.entry("at", someOf(places, shown, 0))
}
