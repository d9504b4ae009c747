package report_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("Keep", func() {
	// at is a report of one certificate with findings of these codes, in a file of a job; the verdict
	// exceeds some budgets, and so does the scan.
	at := func(place cert.Location, scan string, at time.Time, verdicts []string, codes ...verdict.Code) *report.Report {
		c := report.Contents{CheckedAt: at, Files: report.Files{With: 1}, Judgements: make([]verdict.Judgement, 1),
			Deployed: []cert.Deployed{{Certificate: &cert.Certificate{Fingerprint: cert.Fingerprint{0xab}}, Locations: []cert.Location{place}}}}
		for _, code := range codes {
			c.Judgements[0].Findings = append(c.Judgements[0].Findings, verdict.Finding{Code: code, Severity: verdict.Error, Message: string(code)})
		}
		for _, job := range verdicts {
			c.Exceeded = append(c.Exceeded, budget.Excess{Job: job, Work: budget.Signatures})
			c.Problems = append(c.Problems, verdict.ExceedsBudget(c.Exceeded[0], "signatures"))
		}
		if scan != "" {
			c.Problems = append(c.Problems, verdict.ExceedsBudget(budget.Excess{Job: scan, Work: budget.Files}, "files"))
		}
		return report.Build(c)
	}
	of := func(when time.Time, over []string, codes ...verdict.Code) *report.Report {
		return at(cert.Location{Job: "rep", File: "/a"}, "", when, over, codes...)
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

	It("keeps nothing of a job of which only the scan exceeds a budget: the verdict judged what it shows", func() {
		place := cert.Location{Job: "rep", File: "/a"}
		for _, over := range [][]string{nil, {"other"}} {
			r := at(place, "rep", now, over)
			r.Keep(of(now, nil, verdict.Untrusted, verdict.Weak))
			Expect(messages(r)).To(BeEmpty())
		}
	})

	It("keeps what is outside of the jobs only below the path that exceeds its budget", func() {
		for path, kept := range map[string]int{"/": 1, "/etc/ssl": 1, "/etc/pki": 0, "rep": 0} {
			place := cert.Location{File: "/etc/ssl/certs/a.pem"}
			r := at(place, "", now, []string{path})
			r.Keep(at(place, "", now, nil, verdict.Untrusted))
			Expect(messages(r)).To(HaveLen(kept), path)
		}
		inJob := of(now, []string{"/"})
		inJob.Keep(of(now, nil, verdict.Untrusted))
		Expect(messages(inJob)).To(BeEmpty())
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
