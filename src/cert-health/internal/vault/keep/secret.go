// Package keep reads and writes the secrets of certificates in the layout of safe, so that cert-health and safe work on
// the same tree: `certificate` is the certificate and behind it perhaps its chain, `key` its private key, `combined`
// both; a CA also has `serial`, the last serial number that it gave as a hexadecimal number, and `crl`, its revocation
// list.
//
// A secret keeps all that is not changed: keys that safe does not know, the chain behind the certificate, the form of
// `combined`. It is written as one version, and only in place of the version that was read.
package keep

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"

	"cert-health/internal/vault/client"
)

// The keys of safe's layout.
const (
	CertificateKey = "certificate"
	PrivateKey     = "key"
	CombinedKey    = "combined"
	SerialKey      = "serial"
	CRLKey         = "crl"
)

// Secret is one version of a secret, or the place for one. Who has read it wipes it.
type Secret struct {
	Mount client.Mount
	Path  string // in the mount

	values *client.Values
}

// Full is the path with its mount, as the tools of Vault and safe write it.
func (s *Secret) Full() string { return s.Mount.Path + s.Path }

// Exists tells whether there is a secret, and it is not deleted.
func (s *Secret) Exists() bool { return s.values.Exists }

// Version is the number of the current version; 0 in an engine of KV version 1.
func (s *Secret) Version() int { return s.values.Version }

// Wipe overwrites the values. A nil secret has none.
func (s *Secret) Wipe() {
	if s != nil {
		s.values.Wipe()
	}
}

// Format prints the path and no value, for every verb.
func (s *Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "{secret "+s.Full()+"}") }

// Has tells whether the secret has a key.
func (s *Secret) Has(key string) bool { return s.values.Has(key) }

// SameKeys tells whether two versions of a secret have the same values under some keys.
func (s *Secret) SameKeys(other *Secret, keys ...string) bool {
	for _, key := range keys {
		own, others := s.values.Text(key), other.values.Text(key)
		same := bytes.Equal(own, others) && s.Has(key) == other.Has(key)
		clear(own)
		clear(others)
		if !same {
			return false
		}
	}
	return true
}

// errNoCertificate says that a secret holds no certificate in safe's layout.
var errNoCertificate = errors.New("it has no certificate under the key `certificate`, where safe and cert-health keep it")

// Chain is the certificate, and the certificates that are kept behind it.
func (s *Secret) Chain() ([]*x509.Certificate, error) {
	text := s.values.Text(CertificateKey)
	defer clear(text)
	chain, err := certificates(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("its key `certificate` holds a certificate that cannot be read: %w", err)
	case len(chain) == 0:
		return nil, errNoCertificate
	}
	return chain, nil
}

// KeyPEM is the text of the private key, which the caller wipes. It is nil without one.
func (s *Secret) KeyPEM() []byte { return s.values.Text(PrivateKey) }

// Serial is the last serial number that a CA gave, as the secret states it. It is empty without a counter.
func (s *Secret) Serial() string { return strings.TrimSpace(string(s.values.Text(SerialKey))) }

// CRL is the revocation list of a CA. It is nil without one.
func (s *Secret) CRL() (*x509.RevocationList, error) {
	text := s.values.Text(CRLKey)
	block, _ := pem.Decode(text)
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, nil
	case block == nil || block.Type != crlType:
		return nil, errors.New("its key `crl` is not a revocation list in PEM: remove it, or write one there")
	}
	list, err := x509.ParseRevocationList(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("its key `crl` holds a revocation list that cannot be read: %w", err)
	}
	return list, nil
}
