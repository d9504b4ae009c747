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

// findings writes a paragraph for each certificate that has any. Steps that several
// findings in a row have in common are written once.
func (t *table) findings() {
	for _, c := range t.report.Certificates {
		if len(c.Findings) == 0 {
			continue
		}
		t.title(c.Name)
		t.entry("at", somePlaces(c.Locations))
		for i, finding := range c.Findings {
			t.finding(finding)
			if i == len(c.Findings)-1 || finding.Next != c.Findings[i+1].Next {
				t.next(finding)
			}
		}
	}
}

// finding writes what is wrong, and why.
func (t *table) finding(f report.Finding) {
	t.severity(f.Severity, fmt.Sprintf("%s [%s]", f.Message, f.Code))
	t.why(f)
}

// severity writes text behind a severity in colour.
func (t *table) severity(s verdict.Severity, text string) {
	t.print("%s", t.paintLead(wrap("  "+fit{width: 10}.apply(s.String()), report.Printable(text), t.style.Width), s))
}

func (t *table) why(f report.Finding) {
	if f.Why != "" {
		t.entry("why", f.Why)
	}
}

// next writes one step in each line. A command is not wrapped, so that it can be copied.
// Reports of older releases have no steps, only one line.
func (t *table) next(f report.Finding) {
	if len(f.Steps) == 0 && f.Next != "" {
		t.entry("next", f.Next)
	}
	word := "next"
	for _, step := range f.Steps {
		if len(step.Run) > 0 {
			t.print("  %s%s\n", fit{width: 10}.apply(word), report.Printable(step.String()))
		} else {
			t.entry(word, step.Do)
		}
		word = ""
	}
}

// paintLead colours the severity at the beginning of a paragraph.
func (t *table) paintLead(text string, severity verdict.Severity) string {
	return strings.Replace(text, severity.String(), t.palette.severity(severity, severity.String()), 1)
}

func somePlaces(locations []report.Location) string {
	var names []string
	for _, location := range locations[:min(len(locations), shownPlaces)] {
		names = append(names, location.Place())
	}
	text := strings.Join(names, ", ")
	if more := len(locations) - len(names); more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

func (t *table) ignored() {
	if len(t.report.Ignored) == 0 {
		return
	}
	t.title("Ignored by configuration")
	for _, ignored := range t.report.Ignored {
		text := fmt.Sprintf("%s of %s at %s, until %s: %s", ignored.Code, ignored.Subject,
			somePlaces(ignored.Locations), lastDay(ignored.Until), ignored.Reason)
		if ignored.Subject == "" {
			text = strings.Replace(text, " of  at ", " at ", 1)
		}
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// lastDay is the last day on which a rule is in force.
func lastDay(until time.Time) string { return until.UTC().Add(-time.Second).Format(time.DateOnly) }
