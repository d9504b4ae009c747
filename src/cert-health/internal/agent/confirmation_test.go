package agent

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

var _ = Describe("what is unverified", func() {
	about := func(what string) *report.Report {
		return &report.Report{Problems: []report.Problem{{Code: verdict.Unverified, Severity: verdict.Warning, About: what, File: "/x"}}}
	}

	It("is confirmed by a second scan, and has no end before", func() {
		for _, what := range []string{"", "port 8443"} {
			var c confirmation
			items, open := c.items(about(what), 1, settled)
			Expect(items[alert.Unverified]).To(BeEmpty())
			Expect(open[alert.Unverified]).To(BeTrue())
			items, open = c.items(about(what), 2, settled)
			Expect(items[alert.Unverified]).To(HaveLen(1))
			Expect(open[alert.Unverified]).To(BeFalse())
		}
	})

	It("needs no second scan if it is the scan itself, which does not end", func() {
		var c confirmation
		items, _ := c.items(about(check.ScanOverdue), 1, settled)
		Expect(items[alert.Unverified]).To(HaveLen(1))
	})
})
