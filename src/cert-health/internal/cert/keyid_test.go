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

	It("tell a CA from another of its name, where they are stated", func() {
		Expect(leaf.RulesOut(other.Noun())).To(BeTrue())
		Expect(leaf.RulesOut(ca.Noun())).To(BeFalse())
		Expect(silent.RulesOut(other.Noun())).To(BeFalse())
		Expect(leaf.RulesOut(&cert.Certificate{})).To(BeFalse())
	})

	It("tell what one key signed, where they are stated", func() {
		Expect(leaf.SameSigner(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: ca}).Noun())).To(BeTrue())
		Expect(leaf.SameSigner(scenario.Issue(scenario.Spec{CommonName: "x", Issuer: other}).Noun())).To(BeFalse())
		Expect(silent.SameSigner(silent)).To(BeFalse())
		Expect(leaf.SameSigner(silent)).To(BeFalse())
	})
})

var _ = Describe("what is shown behind a leaf", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	intermediate := scenario.Issue(scenario.Spec{CommonName: "int", CA: true, Issuer: ca})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: intermediate})
	l, i, c := leaf.CertPEM(), intermediate.CertPEM(), ca.CertPEM()

	DescribeTable("is what follows it in one value",
		func(text string, expected ...bool) {
			result := new(cert.Parser).Parse([]byte(text))
			Expect(result.SentWithLeaf()).To(Equal(expected))
		},
		Entry("a leaf alone", l, false),
		Entry("a chain", l+i+c, false, true, true),
		Entry("a key in between", l+leaf.KeyPEM()+i, false, true),
		Entry("a bundle", i+c, false, false),
		Entry("a CA before the leaf", c+l, false, false),
		Entry("leaves that are trusted", l+l, false, false),
		Entry("a script that writes two files", "cat >a <<E\n"+l+"E\ncat >b <<E\n"+c+"E\n", false, false),
		Entry("a mapping", "cert: |\n"+scenario.Indent(l+i, "  ")+"ca: |\n"+scenario.Indent(c, "  "), false, true, false),
		Entry("base64", "cert: "+scenario.WrappedBase64(l+i, "")+"\n", false, true),
	)

	It("is not told of binary files", func() {
		result := new(cert.Parser).Parse(append(leaf.X509.Raw, ca.X509.Raw...))
		Expect(result.Certificates).To(HaveLen(2))
		Expect(result.SentWithLeaf()).To(Equal([]bool{false, false}))
	})
})
