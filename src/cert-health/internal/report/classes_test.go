package report_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("Concerns", func() {
	DescribeTable("belong to one class, from a severity on",
		func(code verdict.Code, class alert.Class, from verdict.Severity) {
			for severity := verdict.Info; severity <= verdict.Critical; severity++ {
				c := contents()
				c.Judgements[0], c.Judgements[1].Findings = verdict.Judgement{}, []verdict.Finding{{Code: code, Severity: severity}}
				r := report.Build(c)
				for _, each := range alert.Classes() {
					if each == class && severity >= from {
						Expect(r.Concerns(each)).To(HaveLen(1), "%s %s", severity, each)
						continue
					}
					Expect(r.Concerns(each)).To(BeEmpty(), "%s %s", severity, each)
				}
			}
		},
		Entry(nil, verdict.Expired, alert.Expired, verdict.Error),
		Entry(nil, verdict.NotYetValid, alert.Expired, verdict.Error),
		Entry(nil, verdict.Stale, alert.Drift, verdict.Error),
		Entry(nil, verdict.Unexpected, alert.Drift, verdict.Error),
		Entry(nil, verdict.Untrusted, alert.Drift, verdict.Error),
		Entry(nil, verdict.KeyMismatch, alert.Drift, verdict.Error),
		Entry(nil, verdict.NotLoaded, alert.NotLoaded, verdict.Error),
		Entry(nil, verdict.ExpiringSoon, alert.Expiring, verdict.Warning),
		Entry(nil, verdict.Expiring, alert.Expiring, verdict.Warning),
		Entry(nil, verdict.Weak, alert.Class(""), verdict.Info),
		Entry(nil, verdict.Unreadable, alert.Class(""), verdict.Info),
	)
})
