package text_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/scenario"
)

// stringStyle is a way to write each line of text as a separate string.
type stringStyle struct{ name, before, between, after string }

func stringStyles() []stringStyle {
	return []stringStyle{
		{"a JSON list on one line", `{"Fn::Join": ["\n", ["`, `", "`, "\"]]}\n"},
		{"a JSON list", "{\"cert\": [\n    \"", "\",\n    \"", "\"\n  ]\n}\n"},
		{"a YAML list", "cert:\n- ", "\n- ", "\nkey: value\n"},
		{"a YAML list of quoted strings", "cert:\n  - '", "'\n  - '", "'\n"},
		{"echo", "#!/bin/sh\necho \"", "\" >> /x.pem\necho \"", "\" >> /x.pem\n"},
		{"echo without quotes", "echo ", " >> /x.pem\necho ", " >> /x.pem\n"},
		{"strings of C and Python", "CERT = (\n  \"", "\\n\"\n  \"", "\\n\")\n"},
		{"strings of JavaScript", "const c = \"", "\\n\" +\n\"", "\";\n"},
		{"strings of Java with CRLF", "String c = \"", "\\r\\n\" +\r\n    \"", "\";\r\n"},
	}
}

func (s stringStyle) write(text string) string {
	return s.before + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", s.between) + s.after
}

var _ = Describe("a block with one string for each line", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})

	for _, style := range stringStyles() {
		It("is found in "+style.name, func() {
			input := style.write(leaf.CertPEM() + ca.CertPEM())
			result := parse(input)
			Expect(names(result)).To(Equal([]string{"leaf", "ca"}))
			Expect(result.Broken).To(BeEmpty())
			Expect(result.Certificates).To(HaveEach(HaveField("Form", cert.PEMLines)))
			Expect(result.SentWithLeaf()).To(Equal([]bool{false, true}))
			Expect(lines(result)).To(Equal([]int{beginLines(input)[0] + 1, beginLines(input)[1] + 1}))
		})

		It("is found behind a private key, which is not read, in "+style.name, func() {
			result := parse(style.write(leaf.KeyPEM() + leaf.CertPEM()))
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(result.Broken).To(BeEmpty())
		})
	}

	It("is found when the whole body is one string, or slashes are escaped", func() {
		body := strings.Split(leaf.CertPEM(), "-----")[2]
		joined := `["-----BEGIN CERTIFICATE-----","` + strings.ReplaceAll(body, "\n", "") + `","-----END CERTIFICATE-----"]`
		Expect(names(parse(joined))).To(Equal([]string{"leaf"}))
		Expect(names(parse(strings.ReplaceAll(joined, "/", `\/`)))).To(Equal([]string{"leaf"}))
	})

	It("is nothing when it is commented out", func() {
		for _, comment := range []string{"# ", "#", "# - ", "# echo ", "// ", "//", ";", "; ", "-- ", "%", " * ", "## ", "\t// "} {
			input := comment + strings.ReplaceAll(leaf.CertPEM(), "\n", "\n"+comment) + "\n"
			Expect(parse(input)).To(Equal(found.Result{}), comment)
			next := input + leaf.CertPEM()
			Expect(names(parse(next))).To(Equal([]string{"leaf"}), comment)
			Expect(parse(next).Broken).To(BeEmpty(), comment)
		}
	})

	It("is a broken block when its end is missing", func() {
		whole := strings.Split(leaf.CertPEM(), "\n")
		result := parse(stringStyles()[0].write(strings.Join(whole[:4], "\n")))
		Expect(result.Certificates).To(BeEmpty())
		Expect(result.Broken).To(HaveLen(1))
	})
})
