package publickey_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/publickey"
	"cert-health/internal/scenario"
)

// der is the last PEM block.
func der(text string) []byte {
	GinkgoHelper()
	block, rest := pem.Decode([]byte(text))
	for len(rest) > 0 {
		block, rest = pem.Decode(rest)
	}
	Expect(block).NotTo(BeNil())
	return block.Bytes
}

var _ = Describe("the public half of a private key", func() {
	// of is what crypto/x509 makes of the same bytes.
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
			encoded, err := asn1.Marshal(struct {
				Version int
				Scalar  []byte
				Curve   asn1.ObjectIdentifier `asn1:"explicit,tag:0"`
			}{1, scalar, curves[rapid.IntRange(0, 3).Draw(t, "curve")]})
			if err != nil {
				t.Fatal(err)
			}
			expected, valid := of(encoded)
			digest, ok := publickey.Digest(encoded)
			if ok != valid || digest != expected {
				t.Fatalf("%v, where crypto/x509 says %v", ok, valid)
			}
		})
	})

	It("is the same as crypto/x509's, whatever the seed", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
			encoded := append([]byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20}, seed...)
			expected, valid := of(encoded)
			digest, ok := publickey.Digest(encoded)
			if !ok || !valid || digest != expected {
				t.Fatalf("%v, where crypto/x509 says %v", ok, valid)
			}
		})
	})

	It("is computed for every kind of key", func() {
		for _, kind := range scenario.KeyKinds() {
			pair := scenario.Issue(scenario.Spec{Key: kind})
			for _, spelling := range pair.Spellings() {
				var w publickey.Workspace
				size := copy(w.Base64[:], base64.StdEncoding.EncodeToString(der(spelling.PEM)))
				digest, ok := w.Digest(size)
				Expect(ok).To(BeTrue(), spelling.Name)
				Expect(digest).To(Equal(pair.KeyDigest()), spelling.Name)
			}
		}
	})

	It("is not computed for a key that is cut off, or followed by something", func() {
		for _, kind := range scenario.KeyKinds() {
			for _, spelling := range scenario.Issue(scenario.Spec{Key: kind}).Spellings() {
				whole := der(spelling.PEM)
				for size := range whole {
					_, ok := publickey.Digest(whole[:size])
					Expect(ok).To(BeFalse(), "%s, %d bytes", spelling.Name, size)
				}
				_, ok := publickey.Digest(append(bytes.Clone(whole), 0))
				Expect(ok).To(BeFalse())
			}
		}
	})

	DescribeTable("is not computed for a key that no certificate can have",
		func(encoded ...any) {
			var contents []byte
			for _, value := range encoded {
				if raw, ok := value.([]byte); ok {
					contents = append(contents, raw...)
					continue
				}
				encoded, err := asn1.Marshal(value)
				Expect(err).NotTo(HaveOccurred())
				contents = append(contents, encoded...)
			}
			whole, err := asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: contents})
			Expect(err).NotTo(HaveOccurred())
			_, ok := publickey.Digest(whole)
			Expect(ok).To(BeFalse())
		},
		Entry("nothing"),
		Entry("a version alone", 0),
		Entry("an unknown version", 7, 5, 5, 5),
		Entry("a version of many bytes", new(big.Int).Lsh(big.NewInt(1), 9999), 5, 5, 5),
		Entry("a negative modulus", 0, -5, 65537, 5),
		Entry("a modulus with a zero before it", 0, []byte{2, 3, 0, 0, 5}, 65537, 5),
		Entry("an exponent of no bytes", 0, 5, []byte{2, 0}, 5),
		Entry("no private exponent", 0, 5, 65537),
		Entry("a length that needs fewer bytes", 0, []byte{2, 0x81, 1, 5}, 65537, 5),
		Entry("a length of too many bytes", 0, []byte{2, 0x84, 0, 0, 0, 1, 5}, 65537, 5),
		Entry("a length that goes far beyond the end", 0, []byte{2, 0x82, 0xff, 0xff, 5}),
		Entry("an indefinite length", 0, []byte{2, 0x80, 5, 0, 0}, 65537, 5),
		Entry("no curve", 1, []byte{5}),
		Entry("a curve of no certificate", 1, bytes.Repeat([]byte{1}, 32), asn1.RawValue{Class: 2, Tag: 0, IsCompound: true,
			Bytes: []byte{6, 5, 0x2b, 0x81, 4, 0, 10}}),
	)
})

var _ = Describe("Workspace", func() {
	It("is wiped as a whole", func() {
		var w publickey.Workspace
		w.Soil()
		w.Wipe()
		Expect(w == publickey.Workspace{}).To(BeTrue())
	})
})
