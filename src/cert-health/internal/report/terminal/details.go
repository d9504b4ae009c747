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

// findings writes a paragraph for each certificate that has any.
func (t *table) findings() {
	for _, c := range t.report.Certificates {
		if len(c.Findings) == 0 {
			continue
		}
		t.print("\n%s\n", t.palette.bold(report.Printable(c.Name)))
		t.print("%s", wrap("  at        ", report.Printable(somePlaces(c.Locations)), t.style.Width))
		for i, finding := range c.Findings {
			t.finding(finding)
			if i == len(c.Findings)-1 || finding.Next != c.Findings[i+1].Next {
				t.print("%s", wrap("  next      ", report.Printable(finding.Next), t.style.Width))
			}
		}
	}
}

func (t *table) finding(f report.Finding) {
	lead := "  " + fit{width: 10}.apply(f.Severity.String())
	text := wrap(lead, fmt.Sprintf("%s [%s]", report.Printable(f.Message), f.Code), t.style.Width)
	t.print("%s", t.paintLead(text, f.Severity))
}

// paintLead colours the severity with which a paragraph begins.
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
	t.print("\n%s\n", t.palette.bold("Ignored by configuration"))
	for _, ignored := range t.report.Ignored {
		text := fmt.Sprintf("%s of %s at %s, until %s: %s", ignored.Code, ignored.Subject,
			somePlaces(ignored.Locations), lastDay(ignored.Until), ignored.Reason)
		if ignored.Subject == "" {
			text = strings.Replace(text, " of  at ", " at ", 1)
		}
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// lastDay is the day on which a rule holds for the last time.
func lastDay(until time.Time) string { return until.UTC().Add(-time.Second).Format(time.DateOnly) }

// step is one thing to do, and for how many certificates.
type step struct {
	next  string
	count int
}

// steps writes the list of things to do, once each, when several certificates
// make the reader lose sight of them.
func (t *table) steps() {
	var steps []step
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
			i := slices.IndexFunc(steps, func(s step) bool { return s.next == next })
			if i < 0 {
				steps, i = append(steps, step{next: next}), len(steps)
			}
			steps[i].count++
		}
	}
	if findings < 3 || len(steps) == 0 {
		return
	}
	t.print("\n%s\n", t.palette.bold("What to do"))
	for _, s := range steps {
		t.print("%s", wrap("  ", fmt.Sprintf("%s  (%s)", report.Printable(s.next), count(s.count, "certificate")), t.style.Width))
	}
}

// summary is the last line, and all that is printed of a healthy VM besides its
// name.
func (t *table) summary() {
	s := t.report.Summary
	text := fmt.Sprintf("%s in %s", count(s.Certificates, "certificate"), count(s.Files, "file"))
	var parts []string
	for _, code := range verdict.Codes() {
		if n := s.ByCode[code]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, code))
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
	switch r := t.report.Reference; r.State {
	case "ok":
		return fmt.Sprintf("Compared with Vault at %s (%s).", r.CheckedAt.UTC().Format("15:04 UTC"), count(r.Secrets, "secret"))
	case "unavailable":
		if r.CheckedAt.IsZero() {
			return "Vault could not be read: nothing is known about drift."
		}
		return "Vault could not be read: what is said of drift was so at " + verdict.Stamp(r.CheckedAt) + "."
	}
	return "Not compared with Vault: none is configured."
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
