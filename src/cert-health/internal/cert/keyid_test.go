package cert_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("key identifiers", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	other := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca}).Noun()
	silent := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, Unlinked: true}).Noun()

	It("distinguish two CAs of the same name", func() {
		Expect(leaf.RulesOut(other.Noun())).To(BeTrue())
		Expect(leaf.RulesOut(ca.Noun())).To(BeFalse())
		Expect(silent.RulesOut(other.Noun())).To(BeFalse())
		Expect(leaf.RulesOut(&cert.Certificate{})).To(BeFalse())
	})

	It("tell which certificates the same key signed", func() {
		Expect(leaf.SameSigner(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: ca}).Noun())).To(BeTrue())
		Expect(leaf.SameSigner(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: other}).Noun())).To(BeFalse())
		Expect(silent.SameSigner(silent)).To(BeFalse())
		Expect(leaf.SameSigner(silent)).To(BeFalse())
	})
})
