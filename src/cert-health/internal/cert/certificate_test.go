package cert_test

import (
	"crypto/x509"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("Certificate", func() {
	It("has the fields of the X.509 certificate", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", Organization: "CF", CA: true})
		pair := scenario.Issue(scenario.Spec{CommonName: "a,b", SANs: []string{"x.internal", "10.0.0.1"}, Key: scenario.RSA, Issuer: ca, Server: true})
		noun := pair.Noun()
		Expect(noun.Subject).To(Equal(`CN=a\,b`))
		Expect(noun.Name()).To(Equal("a,b"))
		Expect(noun.Issuer).To(Equal("CN=ca,O=CF"))
		Expect(noun.SANs).To(Equal([]string{"x.internal", "10.0.0.1"}))
		Expect(noun.KeyName()).To(Equal("RSA 2048"))
		Expect(noun.SignatureAlgorithm).To(Equal(x509.ECDSAWithSHA256))
		Expect(noun.ServerAuth()).To(BeTrue())
		Expect(noun.ClientAuth()).To(BeFalse())
		Expect(noun.SelfSigned()).To(BeFalse())
		Expect(ca.Noun().SelfSigned()).To(BeTrue())
		Expect(noun.Fingerprint.String()).To(MatchRegexp("^[0-9a-f]{64}$"))
	})

	It("is self-signed only if its own key signed it", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "log-cache", CA: true})
		for _, unlinked := range []bool{false, true} {
			leaf := scenario.Issue(scenario.Spec{CommonName: "log-cache", Issuer: ca, Unlinked: unlinked}).Noun()
			Expect(leaf.SelfIssued).To(BeTrue())
			Expect(leaf.SelfSigned()).To(BeFalse())
		}
		Expect(scenario.Issue(scenario.Spec{CommonName: "log-cache"}).Noun().SelfSigned()).To(BeTrue())
		Expect(scenario.Issue(scenario.Spec{CommonName: "log-cache", Key: scenario.Ed25519}).Noun().SelfSigned()).To(BeTrue())
		successor := scenario.Issue(scenario.Spec{CommonName: "log-cache", CA: true, Issuer: ca}).Noun()
		Expect(successor.SelfSigned()).To(BeFalse())
	})

	It("is self-signed by its names if no program verifies the signature", func() {
		Expect(scenario.Issue(scenario.Spec{CommonName: "a", SignedWith: x509.ECDSAWithSHA1}).Noun().SelfSigned()).To(BeTrue())
	})

	It("is named by the first name that it has", func() {
		Expect(scenario.Issue(scenario.Spec{SANs: []string{"x.internal"}}).Noun().Name()).To(Equal("x.internal"))
		Expect(scenario.Issue(scenario.Spec{Organization: "CF"}).Noun().Name()).To(Equal("O=CF"))
		Expect(scenario.Issue(scenario.Spec{}).Noun().Name()).To(HavePrefix("serial "))
	})

	It("has an identity digest that a renewal keeps and another certificate does not share", func() {
		spec := scenario.Spec{CommonName: "a", SANs: []string{"b", "c"}, Server: true}
		identity := func(change func(*scenario.Spec)) cert.IdentityDigest {
			changed := spec
			change(&changed)
			return scenario.Issue(changed).Noun().IdentityDigest()
		}
		same := identity(func(*scenario.Spec) {})
		Expect(identity(func(s *scenario.Spec) { s.Key = scenario.Ed25519 })).To(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.Issuer = scenario.Issue(scenario.Spec{CA: true}) })).To(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.SANs = []string{"C", "b"} })).To(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.CommonName = "x" })).NotTo(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.SANs = []string{"b"} })).NotTo(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.SANs = []string{"bc"} })).NotTo(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.Server, s.Client = false, true })).NotTo(Equal(same))
		Expect(identity(func(s *scenario.Spec) { s.CA = true })).NotTo(Equal(same))
	})
})
