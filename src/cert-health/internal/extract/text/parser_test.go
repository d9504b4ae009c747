package text_test

import (
	"bytes"
	"encoding/base64"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

// parse runs a fresh parser over a string.
func parse(input string) found.Result {
	result, _ := new(text.Parser).Parse([]byte(input))
	return result
}

// blocks are the blocks in a string that another parser has to read.
func blocks(input string) []text.Encoded {
	_, blocks := new(text.Parser).Parse([]byte(input))
	return blocks
}

func names(result found.Result) []string {
	var list []string
	for _, f := range result.Certificates {
		list = append(list, f.Certificate.Name())
	}
	return list
}

func lines(result found.Result) []int {
	var list []int
	for _, f := range result.Certificates {
		list = append(list, f.Line)
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
				for _, f := range result.Certificates {
					Expect(f.Form).To(Equal(wrapping.Form))
				}
			}
		})
	}

	for _, wrapping := range scenario.Wrappings() {
		It("returns a block of PKCS #7 unread in the form: "+wrapping.Name, func() {
			block := strings.ReplaceAll(ca.CertPEM(), "CERTIFICATE", "PKCS7") // a parser of text does not look inside
			input := wrapping.Wrap(leaf.KeyPEM() + block + leaf.CertPEM())
			result := parse(input)
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(blocks(input)).To(HaveLen(1))
			Expect(blocks(input)[0].DER).To(Equal(ca.X509.Raw))
			Expect(blocks(input)[0].Group).To(Equal(result.Certificates[0].Group))
			Expect(blocks(wrapping.Wrap(block[:len(block)/2]))).To(BeEmpty())
		})
	}

	It("returns the line of each BEGIN", func() {
		result := parse("\n\n" + leaf.CertPEM() + "text\n" + scenario.Indent(ca.CertPEM(), "  "))
		height := strings.Count(leaf.CertPEM(), "\n")
		Expect(lines(result)).To(Equal([]int{3, 3 + height + 1}))
	})

	It("skips revocation lists, also broken ones, without CRLs", func() {
		input := ca.CRL()[:200] + "\n" + ca.CRL()
		Expect(parse(input)).To(Equal(found.Result{}))
		Expect(blocks(input)).To(BeEmpty())
		looking := text.Parser{CRLs: true}
		result, lists := looking.Parse([]byte(input))
		Expect(result.Broken).To(HaveLen(1))
		Expect(lists).To(HaveLen(1))
		Expect(lists[0].CRL).To(BeTrue())
	})

	It("returns the line inside wrapped base64", func() {
		input := "a: |\n" + scenario.WrappedBase64(leaf.KeyPEM()+leaf.CertPEM(), "  ")
		result := parse(input)
		Expect(names(result)).To(Equal([]string{"leaf"}))
		Expect(lines(result)).To(Equal([]int{2 + len(leaf.KeyPEM())/3*4/scenario.WrappedAt}))
	})

	It("finds the base64 of PEM in lines of any length", func() {
		encoded := base64.StdEncoding.EncodeToString([]byte(leaf.KeyPEM() + leaf.CertPEM()))
		for _, width := range []int{4, 20, 24, 64, len(encoded)} {
			result := parse("a: |\n" + wrapAt(width, encoded, "  "))
			Expect(names(result)).To(Equal([]string{"leaf"}), "%d characters", width)
			Expect(lines(result)).To(Equal([]int{2 + len(leaf.KeyPEM())/3*4/width}))
		}
	})

	It("distinguishes values that follow each other", func() {
		result := parse("a: " + base64.StdEncoding.EncodeToString([]byte(leaf.CertPEM())) +
			"\nb: " + base64.StdEncoding.EncodeToString([]byte(other.CertPEM())) + "\n")
		Expect(names(result)).To(Equal([]string{"leaf", "other"}))
		Expect(lines(result)).To(Equal([]int{1, 2}))
	})

	It("reads a label that YAML folds at its spaces", func() {
		body := strings.Split(leaf.CertPEM(), "-----")[2]
		input := "c: \"-----BEGIN\n    CERTIFICATE-----" + strings.ReplaceAll(body, "\n", `\r\n`) +
			"-----END\n    CERTIFICATE-----\\r\\n\"\n"
		Expect(names(parse(input))).To(Equal([]string{"leaf"}))
	})

	It("reads a string that is continued over lines", func() {
		input := `c: "` + strings.ReplaceAll(leaf.CertPEM(), "\n", "\\n\\\n    \\ ") + `"`
		Expect(names(parse(input))).To(Equal([]string{"leaf"}))
	})

	It("reads TRUSTED and X509 certificates, and headers before the body", func() {
		trusted := scenario.Armour("TRUSTED CERTIFICATE", append(bytes.Clone(leaf.X509.Raw), 0x30, 0x03, 1, 2, 3))
		old := scenario.Armour("X509 CERTIFICATE", other.X509.Raw)
		headers := strings.Replace(ca.CertPEM(), "-----\n", "-----\nOrigin: here\nMore-Of: that\n  and this\n\n", 1)
		Expect(names(parse(trusted + old + headers))).To(Equal([]string{"leaf", "other", "ca"}))
	})

	It("returns the same certificate for all copies", func() {
		var parser text.Parser
		first, _ := parser.Parse([]byte(leaf.CertPEM()))
		second, _ := parser.Parse([]byte(scenario.Indent(leaf.CertPEM(), "  ")))
		Expect(second.Certificates[0].Certificate).To(BeIdenticalTo(first.Certificates[0].Certificate))
	})

	DescribeTable("reports broken blocks, and finds their neighbours",
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
			Equal([]found.Broken{{Line: 1, Reason: "its END line is missing"}}))
		Expect(parse("\n" + base64.StdEncoding.EncodeToString([]byte(cut))).Broken).To(
			Equal([]found.Broken{{Line: 2, Reason: "its END line is missing"}}))
	})

	It("lists at most MaxBroken broken blocks, and counts the rest", func() {
		result := parse(strings.Repeat("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n", 100))
		Expect(result.Broken).To(HaveLen(found.MaxBroken))
		Expect(result.Omitted).To(Equal(100 - found.MaxBroken))
	})

	DescribeTable("finds nothing in text about certificates",
		func(input string) { Expect(parse(input)).To(Equal(found.Result{})) },
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

	It("skips private keys of every label, also truncated ones", func() {
		key := leaf.KeyPEM()
		for _, label := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY"} {
			input := strings.ReplaceAll(key, "PRIVATE KEY", label)
			Expect(parse(input)).To(Equal(found.Result{}))
			Expect(names(parse(input[:len(input)/2] + "\n" + leaf.CertPEM()))).To(Equal([]string{"leaf"}))
		}
	})
})
