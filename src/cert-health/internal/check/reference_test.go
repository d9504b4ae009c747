package check_test

import (
	"context"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/report"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

var _ = Describe("a secret that the source does not show any more", func() {
	judged := func(problems ...reference.Problem) *report.Report {
		checker := &check.Checker{Config: config.Default(), Root: GinkgoT().TempDir()}
		return checker.Report(context.Background(), check.Results{Inventory: &discover.Inventory{}, Comparison: check.Comparison{
			Source: "vault", Remedies: source.Remedies{}, Knowledge: &reference.Knowledge{},
			Answer: reference.Answer{State: reference.OK, Problems: problems},
		}})
	}

	It("makes the VM unverified, by its path and by the time", func() {
		seen := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
		r := judged(reference.Problem{Path: "secret/cf/a", Reason: "permission denied (403)", LastSeen: seen},
			reference.Problem{Path: "secret/cf/b", Reason: "permission denied (403)", LastSeen: seen})
		Expect(r.Summary.Unverified).To(Equal(2))
		items := r.Items(alert.Unverified)
		Expect(items).To(HaveLen(2))
		Expect(items[0].Key()).NotTo(Equal(items[1].Key()))
		Expect(items[0].Line()).To(Equal("warning secret/cf/a: it could not be read: permission denied (403); what it held is known from 2026-07-01 12:00 UTC, and a later change is not; " +
			"next: let the agent's credential read it again, or find out who changed it"))
	})
	It("is only not compared if it was never seen", func() {
		r := judged(reference.Problem{Path: "secret/cf/a", Reason: "permission denied (403)"})
		Expect(r.Summary.Unverified).To(BeZero())
		Expect(r.Problems).To(ConsistOf(HaveField("Code", verdict.ReferenceUnavailable)))
	})
})
