package terminal

import "cert-health/internal/report"

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

func (t *table) ending(p *report.Problem) {
	t.print("\n%s\n", t.palette.bold(report.Printable(p.About)))
	if p.File != "" {
		t.print("%s", wrap("  at        ", report.Printable(p.Place()), t.style.Width))
	}
	t.finding(p.Item().Finding)
	t.print("%s", wrap("  next      ", report.Printable(p.Next), t.style.Width))
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
			t.print("%s", wrap("  next      ", report.Printable(problem.Next), t.style.Width))
		}
	}
}
