package text_test

import (
	"bytes"
	"encoding/hex"
	"encoding/pem"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

var _ = Describe("the hexadecimal of DER", func() {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca})
	one := hex.EncodeToString(leaf.X509.Raw)

	DescribeTable("is found",
		func(input string, line int) {
			result := parse(input)
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(result.Broken).To(BeEmpty())
			Expect(result.Certificates[0].Form).To(Equal(cert.DERHex))
			Expect(result.Certificates[0].Line).To(Equal(line))
		},
		Entry("alone in a file", one, 1),
		Entry("in upper case", "a\ncert="+strings.ToUpper(one)+"\nb=c\n", 2),
		Entry("as xxd -p writes it", wrapAt(60, one, ""), 1),
		Entry("in SQL", "insert into t values (X'"+one+"', 1);", 1),
		Entry("in PostgreSQL", `insert into t values ('\x`+one+`');`, 1),
		Entry("with a prefix", "cert: 0x"+one+"\nkey: value\n", 1),
		Entry("before other hexadecimal", one+"\nffff\n", 1),
	)

	It("is found where several follow each other", func() {
		both := hex.EncodeToString(append(bytes.Clone(leaf.X509.Raw), ca.X509.Raw...))
		Expect(names(parse("ca: " + both + "\n"))).To(Equal([]string{"leaf", "ca"}))
		Expect(names(parse("a: " + one + "\nb: " + hex.EncodeToString(ca.X509.Raw) + "\n" + leaf.CertPEM()))).To(Equal([]string{"leaf", "ca", "leaf"}))
	})

	It("is a broken block when a string ends before the certificate, and nothing when it is another number", func() {
		Expect(parse(`a: "` + one[:300] + `"`).Broken).To(Equal([]found.Broken{
			{Line: 1, Reason: "the hexadecimal of a certificate is cut off: its end is missing"}}))
		for _, other := range []string{"id: 3082" + strings.Repeat("0", 40), "id: ff" + one, one[:100] + "...", "3082"} {
			Expect(parse(other + "\n")).To(Equal(found.Result{}))
		}
	})

	It("leaves private keys alone, and nothing of a key in its buffers", func() {
		for _, spelling := range scenario.Issue(scenario.Spec{Key: scenario.RSA}).Spellings() {
			block, _ := pem.Decode([]byte(spelling.PEM))
			parser := text.Parser{Keys: true}
			result, encoded := parser.Parse([]byte("key: " + hex.EncodeToString(block.Bytes) + "\ncert: " + one + "\n"))
			Expect(names(result)).To(Equal([]string{"leaf"}))
			Expect(encoded).To(BeEmpty())
			for _, buffer := range parser.Buffers() {
				Expect(bytes.Contains(buffer, block.Bytes[len(block.Bytes)-30:])).To(BeFalse())
			}
		}
	})
})
