package cert_test

import (
	"crypto/x509"
	"flag"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

var _ = Describe("ForbiddenName", func() {
	forbidden := func(permitted, excluded []string, names ...string) string {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Permitted: permitted, Excluded: excluded})
		return ca.Noun().ForbiddenName(scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: names, Issuer: ca}).Noun())
	}

	DescribeTable("finds the first name that a CA may not sign for",
		func(permitted, excluded, names, expected string) {
			Expect(forbidden(strings.Fields(permitted), strings.Fields(excluded), strings.Fields(names)...)).To(Equal(expected))
		},
		Entry("without constraints", "", "", "bbs.service.cf.internal 10.0.0.1", ""),
		Entry("a domain and what is below it", "cf.internal", "", "cf.internal BBS.Service.CF.internal *.cf.internal", ""),
		Entry("another domain", "cf.internal", "", "bbs.cf.internal bbs.example.com example.com", "bbs.example.com"),
		Entry("a domain with the same ending", "cf.internal", "", "wolf.internal xcf.internal", "wolf.internal"),
		Entry("one of several domains", "example.com cf.internal", "", "bbs.cf.internal", ""),
		Entry("a domain written with a dot", ".cf.internal", "", "bbs.cf.internal", ""),
		Entry("a domain that is excluded with a dot", "", ".cf.internal", "cf.internal", ""),
		Entry("a name below an excluded domain", "", ".cf.internal", "cf.internal bbs.cf.internal", "bbs.cf.internal"),
		Entry("an excluded domain", "", "apps.internal", "bbs.cf.internal x.apps.internal", "x.apps.internal"),
		Entry("an excluded part of a permitted domain", "internal", "apps.internal", "bbs.cf.internal apps.internal", "apps.internal"),
		Entry("an address in a range", "10.0.0.0/8", "", "10.1.2.3", ""),
		Entry("an address outside", "10.0.0.0/8", "", "10.1.2.3 192.168.0.1", "192.168.0.1"),
		Entry("an address that is excluded", "", "fd00::/8", "fd00::1", "fd00::1"),
		Entry("addresses when only domains are constrained", "cf.internal", "", "10.1.2.3", ""),
		Entry("domains when only addresses are constrained", "10.0.0.0/8", "", "example.com", ""),
	)

	It("forbids nothing that crypto/x509 accepts", func() {
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
		key := scenario.Issue(scenario.Spec{})
		name := rapid.SampledFrom([]string{"a", "b.a", "c.b.a", "xa", "B.A", "*.a", "*.b.a", "a.b", "10.0.0.1", "10.1.0.1", "::1", "fd00::1"})
		bound := rapid.SampledFrom([]string{"a", "b.a", ".a", "b", "A", "10.0.0.0/16", "0.0.0.0/0", "::/0", "fd00::/8"})
		refused := 0
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, SameKey: key,
				Permitted: rapid.SliceOfN(bound, 0, 3).Draw(t, "permitted"), Excluded: rapid.SliceOfN(bound, 0, 2).Draw(t, "excluded")})
			leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SameKey: key, SANs: rapid.SliceOfN(name, 1, 3).Draw(t, "names")})
			roots := x509.NewCertPool()
			roots.AddCert(ca.X509)
			_, err := leaf.X509.Verify(x509.VerifyOptions{Roots: roots})
			found := ca.Noun().ForbiddenName(leaf.Noun())
			if found != "" {
				refused++
			}
			if found != "" && err == nil {
				t.Fatalf("%s of %v: permitted %v, excluded %v", found, leaf.X509.DNSNames, ca.X509.PermittedDNSDomains, ca.X509.ExcludedDNSDomains)
			}
		})
		Expect(refused).To(BeNumerically(">", 10))
	})

	It("keeps nothing of the encoding that it was parsed from", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Permitted: []string{"10.0.0.0/8", "cf.internal"}})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"10.0.0.1", "bbs.cf.internal"}, Issuer: ca}).Noun()
		parsed := noun(ca.X509)
		for i := range ca.X509.Raw {
			ca.X509.Raw[i] = 0xff
		}
		Expect(parsed.ForbiddenName(leaf)).To(BeEmpty())
	})

	It("does not compare more names or constraints than it should", func() {
		many := func(count int) []string {
			names := make([]string, count)
			for i := range names {
				names[i] = fmt.Sprintf("n%d", i)
			}
			return names
		}
		ca := func(count int) *cert.Certificate {
			return scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Excluded: many(count)}).Noun()
		}
		leaf := func(count int) *cert.Certificate {
			return scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: many(count)}).Noun()
		}
		Expect(ca(cert.MaxConstraints).ForbiddenName(leaf(cert.MaxNames))).To(Equal("n0"))
		Expect(ca(cert.MaxConstraints + 1).ForbiddenName(leaf(1))).To(BeEmpty())
		Expect(ca(1).ForbiddenName(leaf(cert.MaxNames + 1))).To(BeEmpty())
		Expect(ca(cert.MaxConstraints + 1).NameConstraints()).To(Equal(cert.MaxConstraints + 1))
		Expect(leaf(1).NameConstraints()).To(BeZero())
	})
})
