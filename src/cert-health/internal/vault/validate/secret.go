// Package validate judges the certificates of secrets in Vault, and what belongs to them: private keys, chains,
// signers, revocation lists and serial numbers. It finds all faults of all secrets. Reader reads them; Judge is pure.
package validate

import (
	"crypto/x509"
	"slices"

	"cert-health/internal/cert"
)

// The keys of a secret in the layout of safe.
const (
	certificateKey = "certificate"
	privateKey     = "key"
	combinedKey    = "combined"
	serialKey      = "serial"
	listKey        = "crl"
)

// Secret is the public part of a secret. Of private keys it has the digests of their public halves.
type Secret struct {
	Path    string // with the mount
	Version int    // 0 in an engine without versions
	Held    []Held // what is under its keys, `certificate` first
	Serial  string // of a CA: the last serial number that it gave; empty without one
	List    *x509.RevocationList
	// ListFault says why the revocation list cannot be read; empty if it can, or if there is none.
	ListFault string
}

// Held is what is under one key of a secret.
type Held struct {
	Key          string
	Certificates []*cert.Certificate
	Private      []cert.KeyDigest // of private keys that could be read
	Broken       []string         // certificates that cannot be read, a sentence each
}

// at is what is under a key; an empty one if there is nothing.
func (s *Secret) at(key string) Held {
	if i := slices.IndexFunc(s.Held, func(h Held) bool { return h.Key == key }); i >= 0 {
		return s.Held[i]
	}
	return Held{}
}

func (s *Secret) has(key string) bool { return s.at(key).Key != "" }

// Main is the certificate that the secret is about: the first one under `certificate` or, in another layout, the
// first leaf or else the first certificate. It is nil without one.
func (s *Secret) Main() *cert.Certificate {
	if own := s.at(certificateKey).Certificates; len(own) > 0 {
		return own[0]
	}
	var first *cert.Certificate
	for _, held := range s.Held {
		for _, c := range held.Certificates {
			if !c.CA {
				return c
			}
			if first == nil {
				first = c
			}
		}
	}
	return first
}

// private are the keys that belong to the certificate: those under `key` or, in another layout, all.
func (s *Secret) private() (keys []cert.KeyDigest, under string) {
	if s.has(privateKey) {
		return s.at(privateKey).Private, privateKey
	}
	for _, held := range s.Held {
		if held.Key != combinedKey && len(held.Private) > 0 {
			keys, under = append(keys, held.Private...), held.Key
		}
	}
	return keys, under
}

// inLayout tells whether the secret is in the layout of safe.
func (s *Secret) inLayout() bool { return len(s.at(certificateKey).Certificates) > 0 }
