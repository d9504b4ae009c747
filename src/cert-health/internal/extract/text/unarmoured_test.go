package text_test

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

// wrapAt breaks a string into lines and puts indent before each.
func wrapAt(width int, encoded, indent string) string {
	var out strings.Builder
	for ; len(encoded) > width; encoded = encoded[width:] {
		out.WriteString(indent + encoded[:width] + "\n")
	}
	return out.String() + indent + encoded + "\n"
}

var _ = Describe("the base64 of DER without a BEGIN line", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", SANs: []string{"leaf.internal", "10.0.0.1"}, Issuer: ca})
	encode := func(raw ...[]byte) string { return base64.StdEncoding.EncodeToString(bytes.Join(raw, nil)) }
	one := encode(leaf.X509.Raw)

	DescribeTable("is found",
		func(input string, line int) {
			result := parse(input)
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(result.Broken).To(BeEmpty())
			Expect(result.Certificates[0].Form).To(Equal(cert.DERBase64))
			Expect(result.Certificates[0].Line).To(Equal(line))
		},
		Entry("alone in a file", one, 1),
		Entry("wrapped, in a file", wrapAt(64, one, ""), 1),
		Entry("wrapped in narrow lines", wrapAt(20, one, ""), 1),
		Entry("wrapped in lines of four characters", "x: |\n"+wrapAt(4, one, "  "), 2),
		Entry("wrapped, with CRLF", strings.ReplaceAll(wrapAt(64, one, ""), "\n", "\r\n"), 1),
		Entry("in YAML", "a: b\nca: "+one+"\nkey: value\n", 2),
		Entry("in a block of YAML", "a: |\n"+wrapAt(64, one, "    ")+"b: c\n", 2),
		Entry("in an environment", "A=1\nCERT="+one+"\nB=2\n", 2),
		Entry("in SAML metadata", "<X509Data><ds:X509Certificate>"+one+"</ds:X509Certificate></X509Data>", 1),
		Entry("in SAML metadata, wrapped and indented", "<X509Certificate>\n"+wrapAt(60, one, "  ")+"  </X509Certificate>", 2),
		Entry("in JSON", `{"x5c":["`+one+`"],"n":"x"}`, 1),
		Entry("in JSON with escaped slashes", `{"x5c":["`+strings.NewReplacer("/", `\/`, "+", `\u002b`).Replace(one)+`"]}`, 1),
		Entry("in JSON with escaped line breaks", `{"c":"\n`+strings.ReplaceAll(wrapAt(64, one, ""), "\n", `\r\n`)+`"}`, 1),
		Entry("in a URL", "a=b&cert="+url.QueryEscape(one)+"&c=d\n", 1),
		Entry("in XML with escaped line breaks", `<c x="`+strings.ReplaceAll(wrapAt(64, one, ""), "\n", "&#10;")+`"/>`, 1),
		Entry("in properties of Java", "cert="+strings.ReplaceAll(one, "=", `\=`)+"\nx=y\n", 1),
		Entry("in LDIF", "dn: cn=x\nuserCertificate;binary:: "+one[:40]+"\n "+strings.TrimPrefix(wrapAt(76, one[40:], " "), " ")+"cn: x\n", 2),
		Entry("in a data URI", `<a href="data:application/pkix-cert;base64,`+one+`"/>`, 1),
		Entry("between markers that are not PEM", "----BEGIN CERTIFICATE----\n"+wrapAt(64, one, "")+"----END CERTIFICATE----\n", 2),
	)

	It("is found in a list as a chain, and in other values as certificates of their own", func() {
		result := parse(`{"x5c":["` + one + `","` + encode(ca.X509.Raw) + `"], "other": "` + encode(ca.X509.Raw) + `"}`)
		Expect(names(result)).To(Equal([]string{"leaf", "ca", "ca"}))
		Expect(result.SentWithLeaf()).To(Equal([]bool{false, true, false}))
	})

	It("is found where several follow each other in one value", func() {
		result := parse("ca: " + encode(leaf.X509.Raw, ca.X509.Raw, leaf.X509.Raw) + "\n")
		Expect(names(result)).To(Equal([]string{"leaf", "ca", "leaf"}))
	})

	It("ends where its certificate ends, with or without padding", func() {
		for _, encoded := range []string{one, strings.TrimRight(one, "="), encode(append(bytes.Clone(leaf.X509.Raw), 0, 0)), encode(append(bytes.Clone(leaf.X509.Raw), 0))} {
			next := encode([]byte(ca.CertPEM()))
			for _, input := range []string{"A=" + encoded + "\nB=" + next + "\n", encoded + "\n" + next + "\n"} {
				Expect(names(parse(input))).To(Equal([]string{"leaf", "ca"}))
			}
		}
	})

	It("is found when it is encoded twice, like PEM", func() {
		for _, inner := range []string{one, encode([]byte(leaf.CertPEM()))} {
			result := parse("a: b\nc: " + encode([]byte(inner)) + "\n")
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(lines(result)).To(Equal([]int{2}))
			Expect(result.Certificates[0].Form).To(Equal(cert.PEMBase64))
		}
	})

	It("is a broken block when a string ends before the certificate, and nothing in an example", func() {
		Expect(parse(`a: "` + one[:200] + `"`).Broken).To(Equal([]found.Broken{
			{Line: 1, Reason: "the base64 of a certificate is cut off: its end is missing"}}))
		for _, example := range []string{one[:100] + "...", "# " + wrapAt(64, one, "# "), one[:20]} {
			Expect(parse(example)).To(Equal(found.Result{}))
		}
	})

	It("leaves private keys and requests alone, and nothing of a key in its buffers", func() {
		for _, kind := range scenario.KeyKinds() {
			pair := scenario.Issue(scenario.Spec{Key: kind})
			for _, spelling := range append(pair.Spellings(), pair.Locked()...) {
				block, _ := pem.Decode([]byte(spelling.PEM))
				if block == nil || len(block.Bytes) < 40 {
					continue
				}
				parser := text.Parser{Keys: true}
				result, encoded := parser.Parse([]byte("key: " + encode(block.Bytes) + "\ncert: " + one + "\n"))
				Expect(names(result)).To(Equal([]string{"leaf"}))
				Expect(encoded).To(BeEmpty())
				for _, buffer := range parser.Buffers() {
					Expect(bytes.Contains(buffer, block.Bytes[len(block.Bytes)-30:])).To(BeFalse())
				}
			}
		}
	})
})
