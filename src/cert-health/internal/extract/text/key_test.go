package text_test

import (
	"bytes"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
	"cert-health/internal/extract/text"
	"cert-health/internal/scenario"
)

// keys returns the private keys that a parser with Keys finds in the input.
func keys(input string) []found.Key {
	parser := text.Parser{Keys: true}
	result, _ := parser.Parse([]byte(input))
	if result.Clues == nil {
		return nil
	}
	return result.Clues.Keys
}

var _ = Describe("private keys", func() {
	for _, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for _, spelling := range pair.Spellings() {
			It(fmt.Sprintf("are found, by their public half: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
				Expect(pair.Noun().PublicKey).To(Equal(pair.KeyDigest()))
				for _, wrapping := range scenario.Wrappings() {
					Expect(keys(wrapping.Wrap(spelling.PEM))).To(HaveExactElements(
						And(HaveField("Digest", pair.KeyDigest()), HaveField("Form", wrapping.Form))), wrapping.Name)
				}
				wrapped := keys("a: |\n" + scenario.WrappedBase64("text\n"+spelling.PEM, "  "))
				Expect(wrapped).To(HaveExactElements(And(HaveField("Digest", pair.KeyDigest()), HaveField("Form", cert.PEMBase64))))
			})
		}
		for _, locked := range pair.Locked() {
			It(fmt.Sprintf("are skipped if they have a password: %s, %s", pair.Noun().KeyName(), locked.Name), func() {
				for _, wrapping := range scenario.Wrappings() {
					Expect(keys(wrapping.Wrap(locked.PEM))).To(BeEmpty(), wrapping.Name)
				}
			})
		}
	}

	a, b := scenario.Issue(scenario.Spec{CommonName: "a"}), scenario.Issue(scenario.Spec{CommonName: "b", Key: scenario.RSA})

	It("have a line, and the run of their certificate", func() {
		parser := text.Parser{Keys: true}
		result, _ := parser.Parse([]byte("\n" + a.CertPEM() + a.KeyPEM() + "---\n" + b.KeyPEM() + "\n\n" + b.CertPEM()))
		first := 2 + strings.Count(a.CertPEM(), "\n")
		second := first + strings.Count(a.KeyPEM(), "\n") + 1
		Expect(result.Clues.Keys).To(Equal([]found.Key{
			{Digest: a.KeyDigest(), Line: first, Form: cert.PEM, Run: result.Certificates[0].Run},
			{Digest: b.KeyDigest(), Line: second, Form: cert.PEM, Run: result.Certificates[1].Run},
		}))
		Expect(result.Certificates[0].Run).NotTo(Equal(result.Certificates[1].Run))
	})

	It("are skipped by a parser without Keys", func() {
		Expect(parse(a.CertPEM() + a.KeyPEM()).Clues).To(BeNil())
		Expect(parse(a.KeyPEM())).To(Equal(found.Result{}))
	})

	It("are dropped in a collection", func() {
		Expect(keys(strings.Repeat(a.KeyPEM(), 100))).To(HaveLen(100))
		Expect(keys(strings.Repeat(a.KeyPEM(), 101))).To(BeEmpty())
		Expect(keys(a.KeyPEM() + strings.Repeat("x\n-----BEGIN CRL-----\n-----END CRL-----\n", 1001))).To(BeEmpty())
	})

	It("are skipped when they are broken, wherever they are cut off", func() {
		for _, spelling := range append(a.Spellings(), b.Spellings()...) {
			for size := range len(spelling.PEM) - 1 {
				Expect(keys(spelling.PEM[:size])).To(BeEmpty(), "%s, %d characters", spelling.Name, size)
			}
			parser := text.Parser{Keys: true}
			at := strings.LastIndex(spelling.PEM, "-----END") - 10
			broken, _ := parser.Parse([]byte(spelling.PEM[:at] + "*" + spelling.PEM[at+1:]))
			Expect(broken).To(Equal(found.Result{}), "it is not a finding")
		}
	})

	It("are skipped when their END has another label", func() {
		Expect(keys(strings.Replace(a.KeyPEM(), "END PRIVATE", "END RSA PRIVATE", 1))).To(BeEmpty())
	})

	It("are skipped when they are huge", func() {
		huge := func(bits uint) []byte {
			number := new(big.Int).Lsh(big.NewInt(1), bits)
			encoded, err := asn1.Marshal(struct {
				Version    int
				N, E, D, P *big.Int
			}{0, number, big.NewInt(3), number, number})
			Expect(err).NotTo(HaveOccurred())
			return encoded
		}
		Expect(keys(scenario.Armour("RSA PRIVATE KEY", huge(16384)))).To(HaveLen(1))
		Expect(keys(scenario.Armour("RSA PRIVATE KEY", huge(99_999)))).To(BeEmpty())
	})
})

var _ = Describe("the memory of a private key", func() {
	for _, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for _, spelling := range append(pair.Spellings(), pair.Locked()...) {
			It(fmt.Sprintf("is wiped: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
				input := spelling.PEM
				for _, hiding := range []string{
					input, input[:len(input)/2], input + pair.CertPEM(), strings.Replace(input, "\n-----END", "*\n-----END", 1),
					base64.StdEncoding.EncodeToString([]byte(pair.CertPEM() + input)), scenario.WrappedBase64(input[:len(input)/2], " "),
					strings.ReplaceAll(input, "PRIVATE KEY", "CERTIFICATE"), strings.ReplaceAll(input[:len(input)/2], "PRIVATE KEY", "CERTIFICATE"),
				} {
					parser := text.Parser{Keys: true}
					parser.Soil()
					parser.Parse([]byte(scenario.Issue(scenario.Spec{}).KeyPEM() + hiding))
					Expect(parser.Clean()).To(BeTrue())
					for _, secret := range pair.Secrets() {
						expectNothingOf(secret, parser.Buffers()...)
					}
				}
			})
		}
	}
})

// expectNothingOf fails if any part of a secret is there, as it is or in base64.
func expectNothingOf(secret []byte, buffers ...[]byte) {
	GinkgoHelper()
	const part = 12 // four groups of base64
	for at := range len(secret) - part + 1 {
		encoded := []byte(base64.StdEncoding.EncodeToString(secret[at : at+part]))
		for _, buffer := range buffers {
			// A failure must not print what it is about.
			found := bytes.Contains(buffer, secret[at:at+part]) || bytes.Contains(buffer, encoded)
			Expect(found).To(BeFalse(), "there are %d bytes of it, from %d on", part, at)
		}
	}
}

var _ = Describe("Release", func() {
	It("drops all buffers, so that a large file costs an idle agent nothing", func() {
		var parser text.Parser
		certificate := scenario.Issue(scenario.Spec{CommonName: "x"})
		parser.Parse([]byte("a: " + base64.StdEncoding.EncodeToString([]byte(certificate.CertPEM())) + "\n" + certificate.CertPEM()))
		buffers := parser.Buffers()
		Expect(buffers).To(ContainElement(Not(BeEmpty())))
		parser.Release(0)
		Expect(parser.Buffers()).To(HaveEach(BeEmpty()))
		for _, buffer := range buffers {
			Expect(bytes.Trim(buffer, "\x00")).To(BeEmpty())
		}
	})
})
