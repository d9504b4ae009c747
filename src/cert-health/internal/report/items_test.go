package report_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/alert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/verdict"
)

var _ = Describe("Items", func() {
	DescribeTable("belong to one class from a severity on",
		func(code verdict.Code, class alert.Class, from verdict.Severity) {
			for severity := verdict.Info; severity <= verdict.Critical; severity++ {
				c := sample.Contents()
				c.Judgements[0], c.Judgements[1].Findings = verdict.Judgement{}, []verdict.Finding{{Code: code, Severity: severity}}
				r := report.Build(c)
				for _, each := range alert.Classes() {
					if each == class && severity >= from {
						Expect(r.Items(each)).To(HaveLen(1), "%s %s", severity, each)
						continue
					}
					Expect(r.Items(each)).To(BeEmpty(), "%s %s", severity, each)
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
		Entry(nil, verdict.Unverified, alert.Unverified, verdict.Warning),
		Entry(nil, verdict.Unreadable, alert.Class(""), verdict.Info),
	)

	It("name what expires, with its place if it has one", func() {
		Expect(report.Lines(sample.Ending().Items(alert.Expired))).To(Equal(
			"error revocation list of CN=ca at haproxy config/crl.pem:3: its next update was due; clients are refused; next: cert-health x509 crl --renew secret/ca\n" +
				"error revocation list of CN=other at haproxy config/crl.pem:3: its next update was due; clients are refused; next: cert-health x509 crl --renew secret/ca\n" +
				"error the agent's Vault token: its next update was due; clients are refused; next: cert-health x509 crl --renew secret/ca\n"))
	})

	It("are identified by keys, which do not change if a line moves", func() {
		r := sample.Ending()
		keys := map[string]bool{}
		for _, item := range r.Items(alert.Expired) {
			keys[item.Key()] = true
		}
		Expect(keys).To(HaveLen(3))
		before := r.Problems[0].Item().Key()
		r.Problems[0].Line = 9
		Expect(r.Problems[0].Item().Key()).To(Equal(before))
	})

	It("reach the Health Monitor's plugin as separate items", func() {
		a := alert.Alert{Class: alert.Expired}
		for _, item := range sample.Ending().Items(alert.Expired) {
			a.Items = append(a.Items, item.AlertItem())
		}
		a.Total = len(a.Items)
		Expect(a.Action()).To(Equal("3 certificates of haproxy, cert-health"))
		back, ours := alert.Parse("cert-health (10.0.0.5) - "+a.Event()+" - "+a.Action(), a.Description())
		Expect(ours).To(BeTrue())
		Expect(back.Items).To(HaveLen(3))
		fingerprints := map[string]bool{}
		for _, item := range back.Items {
			fingerprints[item.Fingerprint] = true
		}
		Expect(fingerprints).To(HaveLen(3))
		Expect(back.Items[0].Place).To(Equal("haproxy config/crl.pem:3"))
		Expect(back.Items[2].Place).To(Equal("cert-health"))
	})
})
