package report

import (
	"strings"

	"cert-health/internal/cert"
)

// problems writes a paragraph for each thing that ends, and one for all that was not seen.
func (t *table) problems() {
	unseen := false
	for _, problem := range t.report.Problems {
		if problem.About != "" {
			t.ending(&problem)
		}
		unseen = unseen || problem.About == ""
	}
	if unseen {
		t.unseen()
	}
}

func (t *table) ending(p *Problem) {
	t.print("\n%s\n", t.palette.bold(printable(p.About)))
	if p.File != "" {
		t.print("%s", wrap("  at        ", printable(p.place()), t.style.Width))
	}
	t.finding(p.Item().Finding)
	t.print("%s", wrap("  next      ", printable(p.Next), t.style.Width))
}

func (t *table) unseen() {
	t.print("\n%s\n", t.palette.bold("Not seen"))
	for _, problem := range t.report.Problems {
		if problem.About != "" {
			continue
		}
		lead := "  " + fit{width: 10}.apply(problem.Severity.String())
		t.print("%s", t.paintLead(wrap(lead, problem.Text(), t.style.Width), problem.Severity))
		if problem.Next != "" {
			t.print("%s", wrap("  next      ", printable(problem.Next), t.style.Width))
		}
	}
}

// Item is the problem as a finding.
func (p *Problem) Item() Item {
	return Item{Problem: p, Finding: Finding{p.Code, p.Severity, p.Message, p.Next}}
}

func (p *Problem) place() string { return cert.PlaceOf(p.Job, p.File, p.Line) }

// Text is the problem with its place, in one line fit for a terminal and a log.
func (p *Problem) Text() string {
	text := strings.TrimPrefix(p.About+": ", ": ") + p.Message
	if p.File != "" {
		text = p.place() + ": " + text
	}
	return printable(text)
}
