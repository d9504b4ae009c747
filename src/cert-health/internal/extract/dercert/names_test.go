package dercert_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"cert-health/internal/extract/dercert"
)

var _ = Describe("A name with too many attributes", func() {
	It("is cut, because to write it takes time that grows with the square of their number", func() {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		Expect(err).NotTo(HaveOccurred())
		template := &x509.Certificate{SerialNumber: big.NewInt(1)}
		for range 1000 {
			template.Subject.ExtraNames = append(template.Subject.ExtraNames,
				pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{1, 2, 3, 4}, Value: "a"},
				pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "unit"})
		}
		template.Subject.CommonName = "last"
		encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
		Expect(err).NotTo(HaveOccurred())
		c, err := dercert.Parse(encoded)
		Expect(err).NotTo(HaveOccurred())
		Expect(strings.Count(c.Subject, "1.2.3.4=") + strings.Count(c.Subject, "OU=") + strings.Count(c.Subject, "+unit")).To(BeNumerically("<=", 100))
		Expect(c.Subject).To(ContainSubstring("unit"))
		Expect(c.Issuer).To(Equal(c.Subject))
	})
})
