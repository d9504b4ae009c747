package cert_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/scenario"
)

// keys are the private keys in a text, as a parser with Keys finds them.
func keys(text string) []cert.Key {
	parser := cert.Parser{Keys: true}
	result := parser.Parse([]byte(text))
	if result.Clues == nil {
		return nil
	}
	return result.Clues.Keys
}

// der is the last block of a text.
func der(text string) []byte {
	GinkgoHelper()
	block, rest := pem.Decode([]byte(text))
	for len(rest) > 0 {
		block, rest = pem.Decode(rest)
	}
	Expect(block).NotTo(BeNil())
	return block.Bytes
}

var _ = Describe("private keys", func() {
	for _, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for _, spelling := range pair.Spellings() {
			It(fmt.Sprintf("are told by their public half: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
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
			It(fmt.Sprintf("are passed by with a password: %s, %s", pair.Noun().KeyName(), locked.Name), func() {
				for _, wrapping := range scenario.Wrappings() {
					Expect(keys(wrapping.Wrap(locked.PEM))).To(BeEmpty(), wrapping.Name)
				}
			})
		}
	}

	a, b := scenario.Issue(scenario.Spec{CommonName: "a"}), scenario.Issue(scenario.Spec{CommonName: "b", Key: scenario.RSA})

	It("stand on their lines, and in the values of their certificates", func() {
		parser := cert.Parser{Keys: true}
		result := parser.Parse([]byte("\n" + a.CertPEM() + a.KeyPEM() + "---\n" + b.KeyPEM() + "\n\n" + b.CertPEM()))
		first := 2 + strings.Count(a.CertPEM(), "\n")
		second := first + strings.Count(a.KeyPEM(), "\n") + 1
		Expect(result.Clues.Keys).To(Equal([]cert.Key{
			{Digest: a.KeyDigest(), Line: first, Form: cert.PEM, Run: result.Certificates[0].Run},
			{Digest: b.KeyDigest(), Line: second, Form: cert.PEM, Run: result.Certificates[1].Run},
		}))
		Expect(result.Certificates[0].Run).NotTo(Equal(result.Certificates[1].Run))
	})

	It("are nobody's business where they are not asked for", func() {
		Expect(parse(a.CertPEM() + a.KeyPEM()).Clues).To(BeNil())
		Expect(parse(a.KeyPEM())).To(Equal(cert.Result{}))
	})

	It("are not told one by one of a collection", func() {
		Expect(keys(strings.Repeat(a.KeyPEM(), 100))).To(HaveLen(100))
		Expect(keys(strings.Repeat(a.KeyPEM(), 101))).To(BeEmpty())
		Expect(keys(a.KeyPEM() + strings.Repeat("x\n-----BEGIN CRL-----\n-----END CRL-----\n", 1001))).To(BeEmpty())
	})

	It("are passed by when they are broken, wherever they are cut off", func() {
		for _, spelling := range append(a.Spellings(), b.Spellings()...) {
			whole := der(spelling.PEM)
			for size := range whole {
				_, ok := cert.Digest(whole[:size])
				Expect(ok).To(BeFalse(), "%s, %d bytes", spelling.Name, size)
			}
			_, ok := cert.Digest(append(bytes.Clone(whole), 0))
			Expect(ok).To(BeFalse())
			for size := range len(spelling.PEM) - 1 {
				Expect(keys(spelling.PEM[:size])).To(BeEmpty(), "%s, %d characters", spelling.Name, size)
			}
			parser := cert.Parser{Keys: true}
			at := strings.LastIndex(spelling.PEM, "-----END") - 10
			broken := parser.Parse([]byte(spelling.PEM[:at] + "*" + spelling.PEM[at+1:]))
			Expect(broken).To(Equal(cert.Result{}), "it is no finding")
		}
	})

	It("are passed by when their END is another's", func() {
		Expect(keys(strings.Replace(a.KeyPEM(), "END PRIVATE", "END RSA PRIVATE", 1))).To(BeEmpty())
	})

	DescribeTable("are passed by when nobody could have made a certificate of them",
		func(encoded ...any) {
			var contents []byte
			for _, value := range encoded {
				if raw, ok := value.([]byte); ok {
					contents = append(contents, raw...)
					continue
				}
				octets, err := asn1.Marshal(value)
				Expect(err).NotTo(HaveOccurred())
				contents = append(contents, octets...)
			}
			whole, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: contents})
			Expect(err).NotTo(HaveOccurred())
			_, ok := cert.Digest(whole)
			Expect(ok).To(BeFalse())
			Expect(keys(scenario.Armour("PRIVATE KEY", whole))).To(BeEmpty())
		},
		Entry("nothing"),
		Entry("a version alone", 0),
		Entry("an unknown version", 7, 5, 5, 5),
		Entry("a version of many octets", new(big.Int).Lsh(big.NewInt(1), 9999), 5, 5, 5),
		Entry("a negative modulus", 0, -5, 65537, 5),
		Entry("a modulus with a zero before it", 0, []byte{2, 3, 0, 0, 5}, 65537, 5),
		Entry("an exponent of no octets", 0, 5, []byte{2, 0}, 5),
		Entry("no private exponent", 0, 5, 65537),
		Entry("a length that needs fewer octets", 0, []byte{2, 0x81, 1, 5}, 65537, 5),
		Entry("a length of too many octets", 0, []byte{2, 0x84, 0, 0, 0, 1, 5}, 65537, 5),
		Entry("a length that goes far beyond the end", 0, []byte{2, 0x82, 0xff, 0xff, 5}),
		Entry("an indefinite length", 0, []byte{2, 0x80, 5, 0, 0}, 65537, 5),
		Entry("no curve", 1, []byte{5}),
		Entry("a curve of no certificate", 1, bytes.Repeat([]byte{1}, 32), asn1.RawValue{Class: 2, Tag: 0, IsCompound: true,
			Bytes: []byte{6, 5, 0x2b, 0x81, 4, 0, 10}}),
	)

	It("are passed by when they are huge", func() {
		huge := func(bits uint) []byte {
			number := new(big.Int).Lsh(big.NewInt(1), bits)
			octets, err := asn1.Marshal(struct {
				Version    int
				N, E, D, P *big.Int
			}{0, number, big.NewInt(3), number, number})
			Expect(err).NotTo(HaveOccurred())
			return octets
		}
		Expect(keys(scenario.Armour("RSA PRIVATE KEY", huge(16384)))).To(HaveLen(1))
		Expect(keys(scenario.Armour("RSA PRIVATE KEY", huge(99_999)))).To(BeEmpty())
	})
})

var _ = Describe("the public half of a private key", func() {
	// of is what crypto/x509 makes of the same octets.
	of := func(der []byte) (digest cert.KeyDigest, ok bool) {
		var key any
		var err error
		if key, err = x509.ParsePKCS8PrivateKey(der); err != nil {
			if key, err = x509.ParseECPrivateKey(der); err != nil {
				return digest, false
			}
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return digest, false
		}
		public, err := x509.MarshalPKIXPublicKey(signer.Public())
		return sha256.Sum256(public), err == nil
	}

	It("is the same as crypto/x509's, whatever the scalar", func() {
		curves := []asn1.ObjectIdentifier{{1, 3, 132, 0, 33}, {1, 2, 840, 10045, 3, 1, 7}, {1, 3, 132, 0, 34}, {1, 3, 132, 0, 35}}
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			scalar := rapid.SliceOfN(rapid.Byte(), 0, 70).Draw(t, "scalar")
			if rapid.Bool().Draw(t, "zeros before it") {
				scalar = append(make([]byte, 40), scalar...)
			}
			octets, err := asn1.Marshal(struct {
				Version int
				Scalar  []byte
				Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
			}{1, scalar, curves[rapid.IntRange(0, 3).Draw(t, "curve")]})
			if err != nil {
				t.Fatal(err)
			}
			expected, valid := of(octets)
			digest, ok := cert.Digest(octets)
			if ok != valid || digest != expected {
				t.Fatalf("%v, where crypto/x509 says %v", ok, valid)
			}
		})
	})

	It("is the same as crypto/x509's, whatever the seed", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
			octets := append([]byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20}, seed...)
			expected, valid := of(octets)
			digest, ok := cert.Digest(octets)
			if !ok || !valid || digest != expected {
				t.Fatalf("%v, where crypto/x509 says %v", ok, valid)
			}
		})
	})
})

var _ = Describe("the memory of a private key", func() {
	for _, kind := range scenario.KeyKinds() {
		pair := scenario.Issue(scenario.Spec{CommonName: "x", Key: kind})
		for _, spelling := range append(pair.Spellings(), pair.Locked()...) {
			It(fmt.Sprintf("is wiped: %s, %s", pair.Noun().KeyName(), spelling.Name), func() {
				text := spelling.PEM
				for _, hiding := range []string{
					text, text[:len(text)/2], text + pair.CertPEM(), strings.Replace(text, "\n-----END", "*\n-----END", 1),
					base64.StdEncoding.EncodeToString([]byte(pair.CertPEM() + text)), scenario.WrappedBase64(text[:len(text)/2], " "),
					strings.ReplaceAll(text, "PRIVATE KEY", "CERTIFICATE"), strings.ReplaceAll(text[:len(text)/2], "PRIVATE KEY", "CERTIFICATE"),
				} {
					parser := cert.Parser{Keys: true}
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
