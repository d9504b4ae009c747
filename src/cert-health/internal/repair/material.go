// Package repair puts current certificates and keys into the files of a VM's jobs by hand, as an operator does in an
// incident, and guards every step: it plans before it writes, keeps the old files, replaces certificate and key as one
// step that can be undone after a crash at any point, restarts the jobs by monit, and compares what they serve.
//
// It writes no place that package splice refuses, and asks no one: the caller shows the plan and decides.
package repair

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"cert-health/internal/cert"
	"cert-health/internal/splice"
)

// Material is a certificate that is put into files, with what belongs to it.
type Material struct {
	Certificate *x509.Certificate
	Chain       []*x509.Certificate // that its source holds behind it
	Key         *splice.Key         // nil if the source has none
	From        string              // the source, for people
}

// Parse reads a certificate with its chain, and a private key, from PEM texts. The key may be empty. No error holds a part
// of the key.
func Parse(certificates, key []byte, from string) (Material, error) {
	m := Material{From: from}
	for block, rest := pem.Decode(certificates); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			continue
		}
		parsed, err := x509.ParseCertificate(block.Bytes)
		switch {
		case err != nil:
			return m, fmt.Errorf("%s: the certificate cannot be read: %w", from, err)
		case m.Certificate == nil:
			m.Certificate = parsed
		default:
			m.Chain = append(m.Chain, parsed)
		}
	}
	if m.Certificate == nil {
		return m, fmt.Errorf("%s: there is no certificate in PEM text", from)
	}
	if len(key) == 0 {
		return m, nil
	}
	parsed, err := splice.ParseKey(key)
	if err != nil {
		return m, fmt.Errorf("%s: %w", from, err)
	}
	m.Key = parsed
	if noun := m.noun(); noun.PublicKey != parsed.Digest() {
		return m, fmt.Errorf("%s: the private key does not belong to the certificate of %s: correct the source first", from, noun.Name())
	}
	return m, nil
}

// Differs tells whether the certificate is another one than the one with a fingerprint.
func (m *Material) Differs(fingerprint cert.Fingerprint) bool {
	for _, c := range append(m.chain(), m.noun()) {
		if c.Fingerprint == fingerprint {
			return false
		}
	}
	return true
}

func (m *Material) noun() *cert.Certificate { return cert.New(m.Certificate) }

// chain are the CAs behind the certificate. A bundle of CAs has none.
func (m *Material) chain() []*cert.Certificate {
	var list []*cert.Certificate
	for _, c := range m.Chain {
		list = append(list, cert.New(c))
	}
	return list
}

func (m *Material) chainDER() [][]byte {
	list := [][]byte{}
	for _, c := range m.Chain {
		list = append(list, c.Raw)
	}
	return list
}

// pick makes the material about one CA of a bundle: the one with a fingerprint.
func (m *Material) pick(public cert.KeyDigest) error {
	for _, c := range append([]*x509.Certificate{m.Certificate}, m.Chain...) {
		if noun := cert.New(c); noun.CA && noun.PublicKey == public {
			m.Certificate, m.Chain = c, nil
			return nil
		}
	}
	return errors.New("the source holds no CA with the same key: another key is a rotation, which `cert-health rotate` does in steps")
}
