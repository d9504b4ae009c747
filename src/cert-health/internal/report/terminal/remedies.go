package terminal

import (
	"fmt"
	"slices"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

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
