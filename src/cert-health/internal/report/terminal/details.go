package terminal

import (
	"fmt"
	"slices"
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

// remedy is the steps of a finding, and the number of certificates that need them.
type remedy struct {
	next  string
	count int
}

// whatToDo lists all remedies, each once, if there are many findings.
func (t *table) whatToDo() {
	var remedies []remedy
	findings := 0
	for _, c := range t.report.Certificates {
		var own []string
		for _, finding := range c.Findings {
			findings++
			if finding.Severity > verdict.Info && !slices.Contains(own, finding.Next) {
				own = append(own, finding.Next)
			}
		}
		for _, next := range own {
			i := slices.IndexFunc(remedies, func(r remedy) bool { return r.next == next })
			if i < 0 {
				remedies, i = append(remedies, remedy{next: next}), len(remedies)
			}
			remedies[i].count++
		}
	}
	if findings < 3 || len(remedies) == 0 {
		return
	}
	t.title("What to do")
	for _, r := range remedies {
		t.print("%s", wrap("  ", fmt.Sprintf("%s  (%s)", report.Printable(r.next), count(r.count, "certificate")), t.style.Width))
	}
}

// summary is the last line, and besides the heading the only one for a healthy VM.
func (t *table) summary() {
	s := t.report.Summary
	text := fmt.Sprintf("%s in %s", count(s.Certificates, "certificate"), count(s.Files, "file"))
	var parts []string
	for _, code := range verdict.Codes() {
		if n := s.ByCode[code]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, code.Title()))
		}
	}
	if len(parts) == 0 {
		parts = []string{"all well"}
	}
	text += ": " + strings.Join(parts, ", ") + ". " + t.compared() + t.asked()
	lead := fit{width: 8}.apply(s.Worst.String()) + "  "
	t.print("\n%s", t.paintLead(wrap(lead, report.Printable(text), t.style.Width), s.Worst))
}

// compared says what the certificates were compared with.
func (t *table) compared() string {
	r := t.report.Reference
	switch r.State {
	case "ok":
		return fmt.Sprintf("Compared with %s at %s (%s).", sourceName(r), r.CheckedAt.UTC().Format("15:04 UTC"), count(r.Secrets, "secret"))
	case "unavailable":
		if r.CheckedAt.IsZero() {
			return sourceName(r) + " could not be read: nothing is known about drift."
		}
		return sourceName(r) + " could not be read: drift is as of " + verdict.Stamp(r.CheckedAt) + "."
	}
	return "Not compared: no source is configured."
}

// sourceName is the name of the source. Reports of older releases have its key only.
func sourceName(s report.Source) string {
	switch {
	case s.Name != "":
		return s.Name
	case s.Source != "":
		return strings.ToUpper(s.Source[:1]) + s.Source[1:]
	}
	return "The source"
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
