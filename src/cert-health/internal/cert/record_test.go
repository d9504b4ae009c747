package cert_test

import (
	"encoding/json"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("Record", func() {
	restored := func(c *cert.Certificate) *cert.Certificate {
		GinkgoHelper()
		written, err := json.Marshal(c.Record())
		Expect(err).NotTo(HaveOccurred())
		var read cert.Record
		Expect(json.Unmarshal(written, &read)).To(Succeed())
		return read.Certificate()
	}

	DescribeTable("has everything that a certificate has, and can still verify signatures", func(key scenario.KeyKind) {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: key, Permitted: []string{"example.com", "10.0.0.0/8"}, Excluded: []string{"evil.example.com", "10.1.0.0/16"}})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Key: key, SANs: []string{"evil.example.com", "10.0.0.1"}})
		again, issuer := restored(leaf.Noun()), restored(ca.Noun())
		Expect(again).To(Equal(leaf.Noun()))
		Expect(issuer).To(Equal(ca.Noun()))
		Expect(again.SignedBy(issuer)).To(Equal(cert.Signed))
		Expect(again.RulesOut(issuer)).To(BeFalse())
		Expect(issuer.ForbiddenName(again)).To(Equal("evil.example.com"))
	}, Entry("ECDSA", scenario.ECDSA), Entry("RSA", scenario.RSA), Entry("Ed25519", scenario.Ed25519))

	It("survives a record that somebody has changed", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}).Noun()
		r := ca.Record()
		r.Key, r.Signed, r.Public.NotAfter = []byte("nonsense"), nil, time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC)
		forged := r.Certificate()
		Expect(forged.SignedBy(ca)).To(Equal(cert.NotSigned))
		Expect(ca.SignedBy(forged)).To(Equal(cert.Unverifiable))
		_, err := json.Marshal(forged.Record())
		Expect(err).NotTo(HaveOccurred())
		Expect((&cert.Record{}).Certificate().SelfSigned()).To(BeFalse())
	})
})
