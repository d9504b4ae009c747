package terminal

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// expired says how many certificates have expired, since when, how many of them are CAs, and
// how many the source holds renewed, if it was asked about any. The table says that of one.
func (t *table) expired() string {
	all := t.report.Certificates
	ended := slices.DeleteFunc(slices.Clone(all), func(c report.Certificate) bool {
		return !slices.ContainsFunc(c.Findings, func(f report.Finding) bool { return f.Code == verdict.Expired })
	})
	if len(ended) == 0 || len(t.listed) == 1 {
		return ""
	}
	left := 0 // the report does not list them
	for _, l := range t.report.LeftOut {
		left += l.Expired
	}
	have := "have expired, the first"
	if len(ended)+left == 1 {
		have = "has expired,"
	}
	first := slices.MinFunc(ended, func(a, b report.Certificate) int { return a.NotAfter.Compare(b.NotAfter) }).NotAfter
	text := fmt.Sprintf("%d of %s %s %s (%s). CAs among %s: %d.", len(ended)+left, count(max(len(all), t.report.Summary.Certificates), "certificate"), have,
		verdict.Relative(first, t.report.CheckedAt), verdict.Stamp(first), listed(left), countIf(ended, func(c report.Certificate) bool { return c.Role != cert.Leaf }))
	if countIf(ended, func(c report.Certificate) bool { return c.Reference != nil }) > 0 {
		text += fmt.Sprintf(" Renewed in %s: %d.", sourceName(t.report.Reference), countIf(ended, t.renewed))
	}
	return text
}

// listed are the expired certificates of which more is known than their number.
func listed(left int) string {
	if left > 0 {
		return "the listed ones"
	}
	return "them"
}

// renewed tells whether the source holds another certificate, which has not expired.
func (t *table) renewed(c report.Certificate) bool {
	r := c.Reference
	return r != nil && r.State == cert.Stale && (r.NotAfter.IsZero() || r.NotAfter.After(t.report.CheckedAt))
}

func countIf(certificates []report.Certificate, match func(report.Certificate) bool) int {
	count := 0
	for _, c := range certificates {
		if match(c) {
			count++
		}
	}
	return count
}
