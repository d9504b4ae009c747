package terminal

import (
	"fmt"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// summary is the last line, and besides the heading the only one for a healthy VM.
func (t *table) summary() {
	s := t.report.Summary
	text := fmt.Sprintf("%s in %s", count(s.Certificates, "certificate"), count(s.Files, "file"))
	text += ": " + tally(t.report) + ". " + t.compared() + t.asked() + t.reported()
	lead := fit{width: 8}.apply(s.Worst.String()) + "  "
	t.print("\n%s", t.paintLead(wrap(lead, report.Printable(text), t.style.Width), s.Worst))
}

// leftOut says what the report does not list.
func (t *table) leftOut() {
	for i, l := range t.report.LeftOut {
		if i == 0 {
			t.title("Counted, and not listed in the report")
		}
		var parts []string
		for _, part := range []struct {
			n    int
			noun string
		}{{l.Certificates, "certificate"}, {l.Problems, "problem"}, {l.Ignored, "ignored finding"}} {
			if part.n > 0 {
				parts = append(parts, count(part.n, part.noun))
			}
		}
		text := strings.Join(parts, ", ")
		if l.Job != "" {
			text += " of " + l.Job
		}
		if codes := byCode(l.ByCode); codes != "" {
			text += ": " + codes
		}
		t.print("%s", wrap("  ", report.Printable(text), t.style.Width))
	}
}

// tally counts the findings and problems by code.
func tally(r *report.Report) string {
	if codes := byCode(r.Summary.ByCode); codes != "" {
		return codes
	}
	return "all well"
}

func byCode(counts map[verdict.Code]int) string {
	var parts []string
	for _, code := range verdict.Codes() {
		if n := counts[code]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, code.Title()))
		}
	}
	return strings.Join(parts, ", ")
}

// compared says what the certificates were compared with.
func (t *table) compared() string {
	r := t.report.Reference
	switch r.State {
	case "ok":
		return fmt.Sprintf("Compared with %s at %s (%s).", sourceName(r), r.CheckedAt.UTC().Format("15:04 UTC"), count(r.Secrets, "secret"))
	case "unavailable":
		return sentence(sourceName(r)) + " could not be read: " + lastKnown(r)
	case "not_asked":
		return sentence(sourceName(r)) + " has not been asked yet: " + lastKnown(r)
	}
	return "Not compared: no source is configured."
}

// reported says whether the hub gets the report.
func (t *table) reported() string {
	h := t.report.Hub
	switch {
	case h == nil:
		return ""
	case h.State == "ok" && h.Note != "":
		return " Reported to the hub at " + h.URL + "; " + h.Note + "."
	case h.State == "ok":
		return " Reported to the hub at " + h.URL + "."
	case h.State == "not_asked":
		return " Not reported to the hub at " + h.URL + " yet."
	}
	return " Not reported to the hub since " + verdict.Stamp(h.Since) + ": " + h.Error + "."
}

// lastKnown says from when the knowledge about drift is.
func lastKnown(r report.Source) string {
	if r.CheckedAt.IsZero() {
		return "nothing is known about drift."
	}
	return "drift is as of " + verdict.Stamp(r.CheckedAt) + "."
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

// sentence begins with a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
