package survey_test

import (
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/report/sample"
	"cert-health/internal/survey"
)

var _ = Describe("a survey of reports", func() {
	of := func(change func(*report.Report)) *report.Report {
		r := report.Build(sample.Contents())
		if change != nil {
			change(r)
		}
		return r
	}

	It("has each place, what processes serve, and what the store holds", func() {
		s := survey.FromReports([]*report.Report{of(nil)}, sample.Now())
		Expect(s.Instances).To(HaveLen(1))
		i := s.Instances[0]
		Expect(i.Key()).To(Equal("cf/cell/3f2a"))
		Expect(i.Seen()).To(BeTrue())
		Expect(i.Places).To(HaveLen(3))
		Expect(i.Shown).NotTo(BeEmpty())
		leaf := s.Find("rep.service.cf.internal")[0]
		Expect(i.Of(leaf)).To(HaveLen(2))
		Expect(i.Of(leaf)[0].Secret).To(HavePrefix("secret/rep:"))
		Expect(leaf.SignedBy(s.Find("CN=ca")[0])).To(BeTrue())
		Expect(s.Secrets).To(HaveExactElements(HaveField("Path", "secret/rep")))
		Expect(s.Secrets[0].Certificates).To(HaveExactElements(HaveField("Fingerprint", HavePrefix("02"))))
		Expect(s.Find(leaf.Fingerprint[:8])).To(ConsistOf(leaf))
		Expect(s.Find("")).To(BeEmpty())
	})

	It("takes the newer of two reports of a VM", func() {
		old := of(func(r *report.Report) { r.CheckedAt = r.CheckedAt.Add(-time.Hour); r.Instance.AZ = "old" })
		for _, both := range [][]*report.Report{{old, of(nil)}, {of(nil), old}} {
			s := survey.FromReports(both, sample.Now())
			Expect(s.Instances).To(HaveExactElements(HaveField("AZ", "z1")))
		}
	})

	It("knows no signer whose key has another identifier, and one whose identifier is not known", func() {
		ca := &survey.Certificate{CA: true, Subject: "CN=ca", KeyID: "aa"}
		Expect((&survey.Certificate{Issuer: "CN=ca", AuthorityID: "aa"}).SignedBy(ca)).To(BeTrue())
		Expect((&survey.Certificate{Issuer: "CN=ca", AuthorityID: "bb"}).SignedBy(ca)).To(BeFalse())
		Expect((&survey.Certificate{Issuer: "CN=ca"}).SignedBy(ca)).To(BeTrue())
		Expect((&survey.Certificate{Issuer: "CN=other", AuthorityID: "aa"}).SignedBy(ca)).To(BeFalse())
	})

	It("adds what another source knows of a certificate", func() {
		b := &survey.Builder{}
		shown := b.Certificate(survey.Certificate{Fingerprint: "ab", Name: "x"})
		Expect(b.Certificate(survey.Certificate{Fingerprint: "ab", Name: "x", Subject: "CN=x"})).To(BeIdenticalTo(shown))
		Expect(shown.Subject).To(Equal("CN=x"))
	})

	It("does not count a CA that is sent with a leaf as trusted", func() {
		Expect((&survey.Place{Role: cert.Trust}).Trusts()).To(BeTrue())
		Expect((&survey.Place{Role: cert.CA, Sent: true}).Trusts()).To(BeFalse())
		Expect((&survey.Place{Role: cert.Leaf}).Trusts()).To(BeFalse())
	})
})
