package report

import (
	"slices"
	"strings"

	"cert-health/internal/budget"
)

// Keep adds the findings of an earlier report that this one cannot judge, because the verdict exceeds
// the budget of a job: those that rest on signatures and comparisons, of certificates that are
// still in a file of the job. They keep their severity and words. They end with the first verdict
// within the budget of each job that has the certificate, or with the certificate. What the scan could
// not read is kept before the verdict.
func (r *Report) Keep(earlier *Report) {
	if earlier == nil || len(r.exceeded) == 0 {
		return
	}
	before := map[string]*Certificate{}
	for i := range earlier.Certificates {
		before[earlier.Certificates[i].Fingerprint] = &earlier.Certificates[i]
	}
	for i := range r.Certificates {
		c := &r.Certificates[i]
		if known := before[c.Fingerprint]; known != nil && slices.ContainsFunc(c.Locations, r.unjudged) {
			c.keep(known, earlier)
		}
	}
	r.sort()
	r.summarize(Files{r.Summary.With, r.Summary.Without, r.Summary.Unreadable})
}

// unjudged tells whether the verdict exceeds the budget of the job of a location or, outside of the
// jobs, of a path above it.
func (r *Report) unjudged(l Location) bool {
	return slices.ContainsFunc(r.exceeded, func(e budget.Excess) bool {
		if e.Outside() {
			return l.Job == "" && strings.HasPrefix(l.File, e.Path())
		}
		return l.Job == e.Job
	})
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
