package report_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("Keep", func() {
	// of is a report of one certificate with findings of these codes, in jobs of which some exceed
	// their budgets.
	of := func(at time.Time, over []string, codes ...verdict.Code) *report.Report {
		r := &report.Report{CheckedAt: at, Summary: report.Summary{With: 1}}
		c := report.Certificate{Fingerprint: "ab", Locations: []report.Location{{Job: "rep", File: "/a"}}}
		for _, code := range codes {
			c.Findings = append(c.Findings, report.Finding{Code: code, Severity: verdict.Error, Message: string(code)})
		}
		r.Certificates = []report.Certificate{c}
		for _, job := range over {
			r.Problems = append(r.Problems, report.Problem{Code: verdict.OverBudget, Severity: verdict.Warning, Job: job})
		}
		return r
	}
	messages := func(r *report.Report) (list []string) {
		for _, f := range r.Certificates[0].Findings {
			list = append(list, f.Message)
		}
		return list
	}
	now := time.Date(2026, 11, 26, 18, 0, 0, 0, time.UTC)
	rep := []string{"rep"}

	It("keeps the verified findings of a job over its budget, with the time, again and again", func() {
		first := of(now, nil, verdict.Untrusted, verdict.Expired, verdict.Weak)
		second := of(now.Add(time.Hour), rep, verdict.Weak)
		second.Keep(first)
		Expect(messages(second)).To(Equal([]string{"weak", "untrusted (last seen 2026-11-26 18:00 UTC)"}))
		Expect(second.Summary.ByCode).To(And(HaveKeyWithValue(verdict.Untrusted, 1), HaveKeyWithValue(verdict.OverBudget, 1)))
		Expect(second.Summary.Files).To(Equal(1))
		third := of(now.Add(2*time.Hour), rep)
		third.Keep(second)
		Expect(messages(third)).To(ConsistOf("untrusted (last seen 2026-11-26 18:00 UTC)", "weak (last seen 2026-11-26 19:00 UTC)"))
	})

	It("ends what a new handshake shows well, because no budget ends the handshakes", func() {
		r := of(now.Add(time.Hour), rep)
		r.Keep(of(now, nil, verdict.NotLoaded, verdict.Expired))
		Expect(messages(r)).To(BeEmpty())
	})

	It("keeps nothing of a job within its budget, nor of another certificate", func() {
		for _, over := range [][]string{nil, {"other"}} {
			r := of(now, over)
			r.Keep(of(now, nil, verdict.Untrusted))
			Expect(messages(r)).To(BeEmpty())
		}
		renewed := of(now, rep)
		renewed.Certificates[0].Fingerprint = "cd"
		renewed.Keep(of(now, nil, verdict.Untrusted))
		Expect(messages(renewed)).To(BeEmpty())
		renewed.Keep(nil)
	})
})
