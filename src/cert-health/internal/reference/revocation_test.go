package reference_test

import (
	"crypto/x509"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/cert"
	"cert-health/internal/reference"
	"cert-health/internal/scenario"
)

var _ = Describe("a revocation", func() {
	pair := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	ca, leaf := pair.Noun(), scenario.Issue(scenario.Spec{CommonName: "leaf", Issuer: pair}).Noun()

	revoked := func(cas ...*cert.Certificate) bool {
		s := secret("cf/ca", 1, ca)
		s.Revoked = []reference.Revocation{{Signer: ca.PublicKey.Mark(), Serial: cert.SerialMark(leaf.Serial), At: on(1)}}
		held := secret("cf/leaf", 1, leaf)
		k := reference.Knowledge{Secrets: []reference.Secret{s, held}}
		return k.Resolve(append(deployed(leaf), deployed(cas...)...), "cf")[leaf.Fingerprint].Revoked.Equal(on(1))
	}

	// like is a CA with the same key that differs in its fingerprint.
	like := func(number byte, change func(*cert.Certificate)) *cert.Certificate {
		c := *ca
		c.Fingerprint = cert.Fingerprint{number}
		change(&c)
		return &c
	}

	It("counts if a deployed CA with the key signed the certificate", func() {
		Expect(revoked(ca)).To(BeTrue())
		Expect(revoked()).To(BeFalse())
		Expect(revoked(scenario.Issue(scenario.Spec{CommonName: "ca", CA: true}).Noun())).To(BeFalse())
	})

	It("is not hidden by certificates of other jobs that have the key and must not sign", func() {
		noSigner := like(1, func(c *cert.Certificate) { c.KeyUsage = x509.KeyUsageDigitalSignature })
		noCA := like(2, func(c *cert.Certificate) { c.CA = false })
		Expect(revoked(noSigner, ca, noCA)).To(BeTrue())
		Expect(revoked(noCA, noSigner)).To(BeFalse())
	})
})
