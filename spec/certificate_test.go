package spec_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"sync"
	"time"

	"github.com/cloudfoundry/bosh-utils/property"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// selfSigned makes a certificate, as PEM, without keeping its private key.
func selfSigned(name string) string {
	GinkgoHelper()
	certificate, _ := pair(name)
	return certificate
}

// standIns are the values that stand for a PEM in spec/properties.
var standIns = sync.OnceValue(func() map[string]string {
	certificate, key := pair("agent")
	_, another := pair("another")
	ca, _ := issue(&x509.Certificate{Subject: pkix.Name{CommonName: "ca"}, IsCA: true, BasicConstraintsValid: true})
	return map[string]string{"(certificate)": certificate, "(private key)": key, "(another private key)": another, "(CA certificate)": ca}
})

// filled replaces the stand-ins in properties.
func filled(value property.Property) property.Property {
	switch v := value.(type) {
	case property.Map:
		for key, below := range v {
			v[key] = filled(below)
		}
	case property.List:
		for i, below := range v {
			v[i] = filled(below)
		}
	case string:
		if made, found := standIns()[v]; found {
			return made
		}
	}
	return value
}

// pair makes a certificate and its private key, as PEM.
func pair(name string) (certificate, private string) {
	GinkgoHelper()
	return issue(&x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}})
}

// issue signs a template with its own new key.
func issue(template *x509.Certificate) (certificate, private string) {
	GinkgoHelper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template.SerialNumber = big.NewInt(time.Now().UnixNano())
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(365*24*time.Hour)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	Expect(err).NotTo(HaveOccurred())
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}
