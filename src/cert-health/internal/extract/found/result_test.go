package found_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

func TestFound(t *testing.T) {
	RegisterFailHandler(Fail)
	RunSpecs(t, "Found")
}

func parse(input string) found.Result {
	result, _ := new(text.Parser).Parse([]byte(input))
	return result
}

var _ = Describe("Roles", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	newCA := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})

	roles := func(input string) []cert.Role {
		result := parse(input)
		return result.Roles()
	}

	DescribeTable("what a certificate is there for",
		func(input string, expected ...cert.Role) { Expect(roles(input)).To(Equal(expected)) },
		Entry("a leaf", leaf.CertPEM(), cert.Leaf),
		Entry("a CA on its own", ca.CertPEM(), cert.CA),
		Entry("the same CA twice", ca.CertPEM()+ca.CertPEM(), cert.CA, cert.CA),
		Entry("a chain", leaf.CertPEM()+ca.CertPEM(), cert.Leaf, cert.CA),
		Entry("a bundle", ca.CertPEM()+newCA.CertPEM(), cert.Trust, cert.Trust),
		Entry("a bundle in YAML", "ca: |\n"+scenario.Indent(ca.CertPEM()+newCA.CertPEM(), "  "), cert.Trust, cert.Trust),
		Entry("two values of one CA each", "a: |\n"+scenario.Indent(ca.CertPEM(), "  ")+"b: |\n"+scenario.Indent(newCA.CertPEM(), "  "), cert.CA, cert.CA),
		Entry("a bundle in JSON beside a leaf", fmt.Sprintf(`{"ca":%q,"cert":%q}`, ca.CertPEM()+newCA.CertPEM(), leaf.CertPEM()), cert.Trust, cert.Trust, cert.Leaf),
	)
})

var _ = Describe("what is shown behind a leaf", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	intermediate := scenario.Issue(scenario.Spec{CommonName: "int", CA: true, Issuer: ca})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: intermediate})
	l, i, c := leaf.CertPEM(), intermediate.CertPEM(), ca.CertPEM()

	DescribeTable("is what follows it in one value",
		func(input string, expected ...bool) {
			result := parse(input)
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
		result := new(dercert.Reader).All(append(leaf.X509.Raw, ca.X509.Raw...))
		Expect(result.Certificates).To(HaveLen(2))
		Expect(result.SentWithLeaf()).To(Equal([]bool{false, false}))
	})
})
