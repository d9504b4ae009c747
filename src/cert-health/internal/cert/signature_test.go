package cert_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"flag"
	"math/big"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"pgregory.net/rapid"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/scenario"
)

// signatures are the algorithms that crypto/x509 verifies, with their keys.
var signatures = map[x509.SignatureAlgorithm]scenario.KeyKind{
	x509.SHA256WithRSA: scenario.RSA, x509.SHA384WithRSA: scenario.RSA, x509.SHA512WithRSA: scenario.RSA,
	x509.SHA256WithRSAPSS: scenario.RSA, x509.SHA384WithRSAPSS: scenario.RSA, x509.SHA512WithRSAPSS: scenario.RSA,
	x509.ECDSAWithSHA256: scenario.ECDSA, x509.ECDSAWithSHA384: scenario.ECDSA, x509.ECDSAWithSHA512: scenario.ECDSA,
	x509.PureEd25519: scenario.Ed25519,
}

// family is two CAs of one name for every kind of key, and what they signed with
// every algorithm.
type family struct{ cas, signed []*scenario.Pair }

var relatives = sync.OnceValue(func() (f family) {
	for _, kind := range []scenario.KeyKind{scenario.RSA, scenario.ECDSA, scenario.Ed25519} {
		for range 2 {
			ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: kind})
			f.cas = append(f.cas, ca)
			for algorithm, own := range signatures {
				if own == kind {
					f.signed = append(f.signed, scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca, SignedWith: algorithm}))
				}
			}
		}
	}
	f.signed = append(f.signed, f.cas...)
	return f
})

// agree compares the answer with the original's: whatever that refuses is not Signed.
func agree(c, ca *x509.Certificate) bool {
	return (c.CheckSignatureFrom(ca) == nil) == (noun(c).SignedBy(noun(ca)) == cert.Signed)
}

func noun(c *x509.Certificate) *cert.Certificate {
	parsed, err := dercert.Parse(c.Raw)
	if err != nil {
		panic(err)
	}
	return parsed
}

var _ = Describe("SignedBy", func() {
	BeforeEach(func() {
		// A failing example is reproduced by its seed; no file is left behind.
		Expect(flag.Set("rapid.nofailfile", "true")).To(Succeed())
	})

	It("finds the one CA that signed, for every algorithm, as crypto/x509 does", func() {
		for _, c := range relatives().signed {
			answers := map[cert.SignatureCheck]int{}
			for _, ca := range relatives().cas {
				Expect(agree(c.X509, ca.X509)).To(BeTrue(), "%s by %s", c.X509.SignatureAlgorithm, ca.X509.PublicKeyAlgorithm)
				answers[c.Noun().SignedBy(ca.Noun())]++
			}
			Expect(answers).To(Equal(map[cert.SignatureCheck]int{cert.Signed: 1, cert.NotSigned: 5}), c.X509.SignatureAlgorithm.String())
		}
	})

	It("agrees with crypto/x509 about certificates with one wrong bit", func() {
		rapid.Check(GinkgoT(), func(t *rapid.T) {
			signed := relatives().signed
			der := bytes.Clone(signed[rapid.IntRange(0, len(signed)-1).Draw(t, "certificate")].X509.Raw)
			bit := rapid.IntRange(0, 8*len(der)-1).Draw(t, "bit")
			der[bit/8] ^= 1 << (bit % 8)
			c, err := x509.ParseCertificate(der)
			if err != nil {
				return
			}
			for _, ca := range relatives().cas {
				if !agree(c, ca.X509) {
					t.Fatalf("bit %d, %s", bit, ca.X509.PublicKeyAlgorithm)
				}
			}
		})
	})

	It("needs nothing of the encoding that it was parsed from", func() {
		for _, ca := range relatives().cas {
			der := bytes.Clone(ca.X509.Raw)
			parsed, err := dercert.Parse(der)
			Expect(err).NotTo(HaveOccurred())
			clear(der)
			Expect(parsed.SignedBy(parsed)).To(Equal(cert.Signed), ca.X509.PublicKeyAlgorithm.String())
		}
	})

	Describe("is Unverifiable", func() {
		root := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: root}).Noun()

		It("for an algorithm that crypto/x509 refuses", func() {
			sha1 := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: root, SignedWith: x509.SHA1WithRSA})
			Expect(sha1.Noun().SignedBy(root.Noun())).To(Equal(cert.Unverifiable))
		})

		It("for a certificate that New did not make", func() {
			remembered := func(c *cert.Certificate) *cert.Certificate {
				return &cert.Certificate{CA: c.CA, KeyUsage: c.KeyUsage, KeyAlgorithm: c.KeyAlgorithm, SignatureAlgorithm: c.SignatureAlgorithm}
			}
			Expect(leaf.SignedBy(root.Noun())).To(Equal(cert.Signed))
			Expect(remembered(leaf).SignedBy(root.Noun())).To(Equal(cert.Unverifiable))
			Expect(leaf.SignedBy(remembered(root.Noun()))).To(Equal(cert.Unverifiable))
		})

		It("for an issuer that is not a CA, or must not sign certificates", func() {
			Expect(leaf.SignedBy(leaf)).To(Equal(cert.Unverifiable))
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			Expect(err).NotTo(HaveOccurred())
			idle := authority(x509.KeyUsageCRLSign, &key.PublicKey, key)
			Expect(idle.SignedBy(idle)).To(Equal(cert.Unverifiable))
			busy := authority(x509.KeyUsageCertSign, &key.PublicKey, key)
			Expect(idle.SignedBy(busy)).To(Equal(cert.Signed))
		})

		It("for a key that is too small for crypto/rsa", func() {
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			Expect(err).NotTo(HaveOccurred())
			small := &rsa.PublicKey{N: new(big.Int).Rsh(key.N, 1536), E: key.E}
			small.N.SetBit(small.N, 0, 1)
			Expect(leaf.SignedBy(authority(x509.KeyUsageCertSign, small, key))).To(Equal(cert.Unverifiable))
		})
	})

	It("is not verified with a key that is too large", func() {
		ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true, Key: scenario.RSA})
		leaf := scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: ca}).Noun()
		of := func(bits uint) *cert.Certificate {
			x := *ca.X509
			x.PublicKey = &rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), int(bits-1), 1), E: 65537}
			return cert.New(&x)
		}
		Expect(leaf.SignedBy(of(cert.MaxKeyBits))).To(Equal(cert.NotSigned))
		Expect(leaf.SignedBy(of(cert.MaxKeyBits + 1))).To(Equal(cert.Unverifiable))
		Expect(of(cert.MaxKeyBits).VerificationCost()).To(BeNumerically(">=", 16*ca.Noun().VerificationCost()))
	})
})

// authority issues a CA certificate for any key.
func authority(usage x509.KeyUsage, public *rsa.PublicKey, signer *rsa.PrivateKey) *cert.Certificate {
	GinkgoHelper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), KeyUsage: usage, IsCA: true, BasicConstraintsValid: true,
		Subject: pkix.Name{CommonName: "ca"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, signer)
	Expect(err).NotTo(HaveOccurred())
	c, err := dercert.Parse(der)
	Expect(err).NotTo(HaveOccurred())
	return c
}
