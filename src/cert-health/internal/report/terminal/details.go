package terminal

import (
	"fmt"
	"strings"
	"time"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// shownPlaces is how many places of one certificate the details name.
const shownPlaces = 3

// findings writes a paragraph for each trouble.
func (t *table) findings() {
	for _, one := range t.troubles {
		if len(one.parts) == 1 && len(one.parts[0].members) == 1 {
			t.single(one.parts[0].members[0])
			continue
		}
		t.together(one)
	}
}

// single is the paragraph of one certificate. Steps that several findings in a row have in
// common are written once.
func (t *table) single(c *report.Certificate) {
	t.title(t.labels[c.Fingerprint].String() + " " + codes(c))
	t.entry("at", t.somePlaces(c.Locations, c.MoreLocations))
	for i, finding := range c.Findings {
		t.finding(finding)
		if !t.told && (i == len(c.Findings)-1 || finding.Next != c.Findings[i+1].Next) {
			t.next(finding)
		}
	}
}

// codes are the codes of the certificate's findings.
func codes(c *report.Certificate) string {
	var list []string
	for _, f := range c.Findings {
		list = append(list, string(f.Code))
	}
	return "[" + strings.Join(list, ", ") + "]"
}

// finding writes what is wrong, and why.
func (t *table) finding(f report.Finding) {
	t.severity(f.Severity, t.tailless(f.Message))
	if f.Why != "" {
		t.entry("why", t.tailless(f.Why))
	}
}

// severity writes text behind a severity in colour.
func (t *table) severity(s verdict.Severity, text string) {
	t.print("%s", t.paintLead(wrap("  "+fit{width: 10}.apply(s.String()), report.Printable(text), t.style.Width), s))
}

// next writes one step in each line. Reports of older releases have no steps, only one line.
func (t *table) next(f report.Finding) {
	if len(f.Steps) == 0 && f.Next != "" {
		t.entry("next", f.Next)
	}
	word := "next"
	for _, step := range f.Steps {
		t.stepline(word, step.String(), len(step.Run) > 0)
		word = ""
	}
}

// stepline writes a step. A command is not wrapped, so that it can be copied.
func (t *table) stepline(word, text string, command bool) {
	if command {
		t.print("  %s%s\n", fit{width: 10}.apply(word), report.Printable(text))
		return
	}
	t.entry(word, t.tailless(text))
}

// paintLead colours the severity at the beginning of a paragraph.
func (t *table) paintLead(text string, severity verdict.Severity) string {
	return strings.Replace(text, severity.String(), t.palette.severity(severity, severity.String()), 1)
}

// somePlaces names the first places, or all if all is wanted.
func (t *table) somePlaces(locations []report.Location, more int) string {
	shown := shownPlaces
	if t.style.Verbose {
		shown = len(locations)
	}
	var names []string
	for _, location := range locations {
		names = append(names, location.Place()+notSeen(location))
	}
	return someOf(names, shown, more)
}

// someOf writes the first names of a list, and how many more there are, in the list and beside it.
func someOf(names []string, shown, more int) string {
	shown = min(shown, len(names))
	if more += len(names) - shown; more > 0 {
		return strings.Join(names[:shown], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

// notSeen says when a certificate was last seen at a place that cannot be seen now.
func notSeen(l report.Location) string {
	if l.LastSeen.IsZero() {
		return ""
	}
	return " (last seen " + verdict.Stamp(l.LastSeen) + ")"
}

func (t *table) ignored() {
	if len(t.report.Ignored) == 0 {
		return
	}
	t.title("Ignored by configuration")
	for _, ignored := range t.report.Ignored {
		text := fmt.Sprintf("%s of %s at %s, until %s: %s", ignored.Code, ignored.Subject,
			t.somePlaces(ignored.Locations, 0), lastDay(ignored.Until), ignored.Reason)
		if ignored.Subject == "" {
			text = strings.Replace(text, " of  at ", " at ", 1)
		}
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// lastDay is the last day on which a rule is in force.
func lastDay(until time.Time) string { return until.UTC().Add(-time.Second).Format(time.DateOnly) }
