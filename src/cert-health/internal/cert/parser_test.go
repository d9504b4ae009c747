package cert_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

// parse runs a fresh parser over a text.
func parse(text string) cert.Result {
	var parser cert.Parser
	return parser.Parse([]byte(text))
}

func names(result cert.Result) []string {
	var list []string
	for _, found := range result.Certificates {
		list = append(list, found.Certificate.Name())
	}
	return list
}

func lines(result cert.Result) []int {
	var list []int
	for _, found := range result.Certificates {
		list = append(list, found.Line)
	}
	return list
}

var _ = Describe("Parser", func() {
	var ca, leaf, other *scenario.Pair

	BeforeEach(func() {
		ca = scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
		leaf = scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"leaf.internal", "10.0.0.1"}, Issuer: ca})
		other = scenario.Issue(scenario.Spec{CommonName: "other", Key: scenario.Ed25519})
	})

	for _, wrapping := range scenario.Wrappings() {
		It("finds a certificate, a bundle and a pair in the form: "+wrapping.Name, func() {
			for _, content := range []struct {
				pem   string
				names []string
			}{
				{leaf.CertPEM(), []string{"leaf"}},
				{leaf.CertPEM() + ca.CertPEM(), []string{"leaf", "ca"}},
				{leaf.KeyPEM() + leaf.CertPEM(), []string{"leaf"}},
				{ca.CertPEM() + ca.CRL() + other.CertPEM() + other.KeyPEM(), []string{"ca", "other"}},
			} {
				result := parse(wrapping.Wrap(content.pem))
				Expect(names(result)).To(Equal(content.names))
				Expect(result.Broken).To(BeEmpty())
				for _, found := range result.Certificates {
					Expect(found.Form).To(Equal(wrapping.Form))
				}
			}
		})
	}

	for _, wrapping := range scenario.Wrappings() {
		It("hands out a bundle of PKCS #7 as it is in the form: "+wrapping.Name, func() {
			block := strings.ReplaceAll(ca.CertPEM(), "CERTIFICATE", "PKCS7") // a parser of text does not look inside
			result := parse(wrapping.Wrap(leaf.KeyPEM() + block + leaf.CertPEM()))
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(result.Bundles).To(HaveLen(1))
			Expect(result.Bundles[0].DER).To(Equal(ca.X509.Raw))
			Expect(result.Bundles[0].Group).To(Equal(result.Certificates[0].Group))
			Expect(parse(wrapping.Wrap(block[:len(block)/2])).Bundles).To(BeEmpty())
		})
	}

	It("tells the line of each BEGIN", func() {
		result := parse("\n\n" + leaf.CertPEM() + "text\n" + scenario.Indent(ca.CertPEM(), "  "))
		height := strings.Count(leaf.CertPEM(), "\n")
		Expect(lines(result)).To(Equal([]int{3, 3 + height + 1}))
	})

	It("passes over revocation lists, broken ones too, unless it is to look for them", func() {
		text := ca.CRL()[:200] + "\n" + ca.CRL()
		Expect(new(cert.Parser).Text([]byte(text))).To(Equal(cert.Result{}))
		looking := cert.Parser{CRLs: true}
		result := looking.Text([]byte(text))
		Expect(result.Broken).To(HaveLen(1))
		Expect(result.Bundles).To(HaveLen(1))
		Expect(result.Bundles[0].CRL).To(BeTrue())
	})

	It("tells the line inside wrapped base64", func() {
		text := "a: |\n" + scenario.WrappedBase64(leaf.KeyPEM()+leaf.CertPEM(), "  ")
		result := parse(text)
		Expect(names(result)).To(Equal([]string{"leaf"}))
		Expect(lines(result)).To(Equal([]int{2 + len(leaf.KeyPEM())/3*4/scenario.WrappedAt}))
	})

	It("keeps values apart that follow each other", func() {
		result := parse("a: " + base64.StdEncoding.EncodeToString([]byte(leaf.CertPEM())) +
			"\nb: " + base64.StdEncoding.EncodeToString([]byte(other.CertPEM())) + "\n")
		Expect(names(result)).To(Equal([]string{"leaf", "other"}))
		Expect(lines(result)).To(Equal([]int{1, 2}))
	})

	It("reads a label that YAML folded at its spaces", func() {
		body := strings.Split(leaf.CertPEM(), "-----")[2]
		text := "c: \"-----BEGIN\n    CERTIFICATE-----" + strings.ReplaceAll(body, "\n", `\r\n`) +
			"-----END\n    CERTIFICATE-----\\r\\n\"\n"
		Expect(names(parse(text))).To(Equal([]string{"leaf"}))
	})

	It("reads a string that is continued over lines", func() {
		text := `c: "` + strings.ReplaceAll(leaf.CertPEM(), "\n", "\\n\\\n    \\ ") + `"`
		Expect(names(parse(text))).To(Equal([]string{"leaf"}))
	})

	It("reads TRUSTED and X509 certificates, and headers before the body", func() {
		trusted := scenario.Armour("TRUSTED CERTIFICATE", append(bytes.Clone(leaf.X509.Raw), 0x30, 0x03, 1, 2, 3))
		old := scenario.Armour("X509 CERTIFICATE", other.X509.Raw)
		headers := strings.Replace(ca.CertPEM(), "-----\n", "-----\nOrigin: here\nMore-Of: that\n\n", 1)
		Expect(names(parse(trusted + old + headers))).To(Equal([]string{"leaf", "other", "ca"}))
	})

	It("reads DER, one or several, and nothing else that is DER", func() {
		result := parse(string(leaf.X509.Raw) + string(ca.X509.Raw) + "\n")
		Expect(names(result)).To(Equal([]string{"leaf", "ca"}))
		Expect(result.Certificates[0].Form).To(Equal(cert.DER))
		Expect(result.Certificates[0].Line).To(BeZero())

		key, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(strings.Split(leaf.KeyPEM(), "-----")[2], "\n", ""))
		Expect(err).NotTo(HaveOccurred())
		Expect(parse(string(key))).To(Equal(cert.Result{}))
		Expect(parse(string(leaf.X509.Raw[:len(leaf.X509.Raw)-5])).Broken).To(HaveLen(1))
	})

	It("hands out one certificate for all copies of it", func() {
		var parser cert.Parser
		first := parser.Parse([]byte(leaf.CertPEM()))
		second := parser.Parse([]byte(scenario.Indent(leaf.CertPEM(), "  ")))
		Expect(second.Certificates[0].Certificate).To(BeIdenticalTo(first.Certificates[0].Certificate))
	})

	DescribeTable("broken blocks, whose neighbours are still found",
		func(spoil func(pem string) string, reason string) {
			result := parse(leaf.CertPEM() + spoil(ca.CertPEM()) + other.CertPEM())
			Expect(names(result)).To(Equal([]string{"leaf", "other"}))
			Expect(result.Broken).To(HaveLen(1))
			Expect(result.Broken[0].Line).To(Equal(strings.Count(leaf.CertPEM(), "\n") + 1))
			Expect(result.Broken[0].Reason).To(ContainSubstring(reason))
		},
		Entry("a stray character", func(pem string) string { return strings.Replace(pem, "MII", "M!I", 1) }, "not base64"),
		Entry("a stray character further down", func(pem string) string { return pem[:200] + "*" + pem[201:] }, "not base64"),
		Entry("no base64 at all", func(string) string {
			return "-----BEGIN CERTIFICATE-----\n!?!?\n-----END CERTIFICATE-----\n"
		}, "not base64"),
		Entry("base64 of something else", func(string) string {
			return "-----BEGIN CERTIFICATE-----\nYWJjZGVmZ2g=\n-----END CERTIFICATE-----\n"
		}, "not a certificate"),
		Entry("words", func(string) string {
			return "-----BEGIN CERTIFICATE-----\nput it here\n-----END CERTIFICATE-----\n"
		}, "not"),
		Entry("cut off", func(pem string) string { return pem[:300] + "\n" }, "END line is missing"),
		Entry("cut off within END", func(pem string) string { return pem[:len(pem)-10] + "\n" }, "END line"),
		Entry("another END", func(pem string) string { return strings.Replace(pem, "END CERT", "END X509 CERT", 1) }, "ends as"),
		Entry("empty", func(string) string {
			return "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
		}, "empty"),
		Entry("a key under the wrong label", func(string) string {
			return strings.ReplaceAll(scenario.Issue(scenario.Spec{}).KeyPEM(), "PRIVATE KEY", "CERTIFICATE")
		}, "not a certificate"),
	)

	It("finds a broken block in JSON and in base64", func() {
		cut := leaf.CertPEM()[:300]
		Expect(parse(`{"cert":"` + strings.ReplaceAll(cut, "\n", `\n`) + `"}`).Broken).To(
			Equal([]cert.Broken{{Line: 1, Reason: "its END line is missing"}}))
		Expect(parse("\n" + base64.StdEncoding.EncodeToString([]byte(cut))).Broken).To(
			Equal([]cert.Broken{{Line: 2, Reason: "its END line is missing"}}))
	})

	It("lists a bounded number of broken blocks and counts the rest", func() {
		result := parse(strings.Repeat("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", 100))
		Expect(result.Broken).To(HaveLen(cert.MaxBroken))
		Expect(result.Omitted).To(Equal(100 - cert.MaxBroken))
	})

	DescribeTable("text about certificates, which is none",
		func(text string) { Expect(parse(text)).To(Equal(cert.Result{})) },
		Entry("nothing", ""),
		Entry("a line break", "\n"),
		Entry("grep", `if grep -q -- "-----BEGIN CERTIFICATE-----" /var/vcap/jobs/rep/config/certs/server.crt; then`),
		Entry("grep without quotes", "grep -c -----BEGIN\\ CERTIFICATE----- /var/vcap/jobs/rep/config/certs/server.crt\n"),
		Entry("sed", "sed -n '/-----BEGIN CERTIFICATE-----/,/-----END CERTIFICATE-----/p' bundle.pem\n"),
		Entry("prose", "Everything from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE----- is copied.\n"),
		Entry("a variable", "cat <<EOF\n-----BEGIN CERTIFICATE-----\n${BODY}\n-----END CERTIFICATE-----\nEOF\n"),
		Entry("ERB", "-----BEGIN CERTIFICATE-----\n<%= p('body') %>\n-----END CERTIFICATE-----\n"),
		Entry("a BOSH variable", "-----BEGIN CERTIFICATE-----\n((body))\n-----END CERTIFICATE-----\n"),
		Entry("an ellipsis", "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n"),
		Entry("concatenation", `pem = "-----BEGIN CERTIFICATE-----\n" + body + "\n-----END CERTIFICATE-----\n"`),
		Entry("a comment", "# -----BEGIN CERTIFICATE-----\n# MIIBkTCB+wIJAKHHCgVZU\n# -----END CERTIFICATE-----\n"),
		Entry("a half marker", "-----BEGIN"),
		Entry("a marker without an end", "-----BEGIN CERTIFICATE and so on\n"),
		Entry("base64 of something else with dashes", base64.StdEncoding.EncodeToString([]byte("---- a --- b"))),
	)

	It("passes over private keys of every label, truncated ones too", func() {
		key := leaf.KeyPEM()
		for _, label := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"} {
			text := strings.ReplaceAll(key, "PRIVATE KEY", label)
			Expect(parse(text)).To(Equal(cert.Result{}))
			Expect(names(parse(text[:len(text)/2] + "\n" + leaf.CertPEM()))).To(Equal([]string{"leaf"}))
		}
	})
})

var _ = Describe("Roles", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	newCA := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})

	roles := func(text string) []cert.Role {
		result := parse(text)
		return result.Roles()
	}

	DescribeTable("what a certificate is there for",
		func(text string, expected ...cert.Role) { Expect(roles(text)).To(Equal(expected)) },
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

var _ = Describe("Certificate", func() {
	It("keeps what is public and of use", func() {
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
		Expect(noun.Root()).To(BeFalse())
		Expect(ca.Noun().Root()).To(BeTrue())
		Expect(noun.Fingerprint.String()).To(MatchRegexp("^[0-9a-f]{64}$"))
	})

	It("is called by the first thing that names it", func() {
		Expect(scenario.Issue(scenario.Spec{SANs: []string{"x.internal"}}).Noun().Name()).To(Equal("x.internal"))
		Expect(scenario.Issue(scenario.Spec{Organization: "CF"}).Noun().Name()).To(Equal("O=CF"))
		Expect(scenario.Issue(scenario.Spec{}).Noun().Name()).To(HavePrefix("serial "))
	})

	It("has an identity that a renewal keeps and nothing else shares", func() {
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
