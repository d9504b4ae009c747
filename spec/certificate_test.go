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
	return map[string]string{"(certificate)": certificate, "(private key)": key, "(another private key)": another}
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
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	Expect(err).NotTo(HaveOccurred())
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		DNSNames:     []string{name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(365 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	Expect(err).NotTo(HaveOccurred())
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	Expect(err).NotTo(HaveOccurred())
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded}))
}
