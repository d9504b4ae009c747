package report

import (
	"slices"
	"strings"

	"cert-health/internal/verdict"
)

// Keep adds the findings of an earlier report that this one cannot judge, because a job exceeds its
// budget: those that rest on signatures and comparisons, of certificates that are still in a file of
// the job. Such a finding ends when it is judged again, or with its certificate.
func (r *Report) Keep(earlier *Report) {
	over := map[string]bool{}
	for _, p := range r.Problems {
		over[p.Job] = over[p.Job] || p.Code == verdict.OverBudget
	}
	if earlier == nil || !slices.ContainsFunc(r.Problems, func(p Problem) bool { return over[p.Job] }) {
		return
	}
	before := map[string]*Certificate{}
	for i := range earlier.Certificates {
		before[earlier.Certificates[i].Fingerprint] = &earlier.Certificates[i]
	}
	for i := range r.Certificates {
		c := &r.Certificates[i]
		if known := before[c.Fingerprint]; known != nil && slices.ContainsFunc(c.Locations, func(l Location) bool { return over[l.Job] }) {
			c.keep(known, earlier)
		}
	}
	r.sort()
	r.summarize(Files{r.Summary.With, r.Summary.Without, r.Summary.Unreadable})
}

// keep adds the findings of the same certificate in an earlier report.
func (c *Certificate) keep(known *Certificate, earlier *Report) {
	for _, f := range known.Findings {
		again := func(now Finding) bool { return now.Code == f.Code }
		if !f.Code.Verified() || slices.ContainsFunc(c.Findings, again) {
			continue
		}
		if !strings.Contains(f.Message, lastSeenWords) {
			f.Message += lastSeenAt(earlier.CheckedAt)
		}
		c.Findings = append(c.Findings, f)
	}
	slices.SortStableFunc(c.Findings, func(a, b Finding) int { return int(b.Severity - a.Severity) })
}
