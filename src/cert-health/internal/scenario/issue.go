// Package scenario makes certificates in memory, writes them in every form that jobs use, and
// makes the file trees and secrets in which cert-health must find them. Unit tests, integration
// tests, benchmarks and the demo use it. The agent never links it.
package scenario

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"
	"unicode"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
)

// Spec describes a certificate to be issued. The zero value is an ECDSA leaf for
// both sides of a handshake, signed by itself, valid from an hour ago for a year.
type Spec struct {
	CommonName   string
	Organization string
	SANs         []string // IP addresses are recognised; nil for a server's common name
	Key          KeyKind
	CA           bool
	Client       bool // extended key usage: client only
	Server       bool // extended key usage: server only
	NotBefore    time.Time
	NotAfter     time.Time
	Issuer       *Pair
	SignedWith   x509.SignatureAlgorithm
	SameKey      *Pair    // its key is used again, as by a CA that keeps its key when it is renewed
	Serial       int64    // 0: a random one
	Permitted    []string // domains and ranges of IP addresses for which a CA may sign
	Excluded     []string // and those for which it may not
	Unlinked     bool     // it does not state the identifier of its issuer's key
	// Patch changes the signed part before it is signed, into something that crypto/x509 does
	// not write. The signature is by an ECDSA or RSA key, with SHA-256. X509 is then the
	// certificate without the change, except for its Raw.
	Patch func(tbs *Node)
}

// Pair is an issued certificate and its private key.
type Pair struct {
	X509 *x509.Certificate
	key  crypto.Signer
}

// Issue makes a certificate and its key. It panics when the spec is impossible:
// a scenario is written by a programmer.
func Issue(spec Spec) *Pair {
	now := time.Now()
	if spec.NotBefore.IsZero() {
		spec.NotBefore = now.Add(-time.Hour)
	}
	if spec.NotAfter.IsZero() {
		spec.NotAfter = spec.NotBefore.AddDate(1, 0, 0)
	}
	key := spec.key()
	template := spec.template()
	parent, signer := template, key
	if spec.Issuer != nil {
		parent, signer = spec.Issuer.X509, spec.Issuer.key
	}
	if spec.Unlinked {
		unnamed := *parent
		unnamed.SubjectKeyId = nil
		parent = &unnamed
	}
	der := must(x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer))
	pair := &Pair{X509: must(x509.ParseCertificate(der)), key: key}
	if spec.Patch != nil {
		pair.X509.Raw = patched(bytes.Clone(der), spec.Patch, signer)
	}
	return pair
}

func (spec Spec) key() crypto.Signer {
	if spec.SameKey != nil {
		return spec.SameKey.key
	}
	return must(generate(spec.Key))
}

func (spec Spec) serial() *big.Int {
	if spec.Serial != 0 {
		return big.NewInt(spec.Serial)
	}
	return must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)))
}

// constrain adds name constraints.
func (spec Spec) constrain(template *x509.Certificate) {
	divide := func(names []string) (domains []string, ranges []*net.IPNet) {
		for _, name := range names {
			if _, network, err := net.ParseCIDR(name); err == nil {
				ranges = append(ranges, network)
				continue
			}
			domains = append(domains, name)
		}
		return domains, ranges
	}
	template.PermittedDNSDomains, template.PermittedIPRanges = divide(spec.Permitted)
	template.ExcludedDNSDomains, template.ExcludedIPRanges = divide(spec.Excluded)
	template.PermittedDNSDomainsCritical = len(spec.Permitted)+len(spec.Excluded) > 0
}

// names are the alternative names. The default of a server is its common name, if that is ASCII.
func (spec Spec) names() []string {
	foreign := func(r rune) bool { return r > unicode.MaxASCII }
	if spec.SANs == nil && !spec.CA && !spec.Client && spec.CommonName != "" && !strings.ContainsFunc(spec.CommonName, foreign) {
		return []string{spec.CommonName}
	}
	return spec.SANs
}

func (spec Spec) template() *x509.Certificate {
	template := &x509.Certificate{
		SerialNumber:          spec.serial(),
		Subject:               pkix.Name{CommonName: spec.CommonName},
		NotBefore:             spec.NotBefore,
		NotAfter:              spec.NotAfter,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		BasicConstraintsValid: true,
		SignatureAlgorithm:    spec.SignedWith,
	}
	if spec.Organization != "" {
		template.Subject.Organization = []string{spec.Organization}
	}
	for _, san := range spec.names() {
		if ip := net.ParseIP(san); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
			continue
		}
		template.DNSNames = append(template.DNSNames, san)
	}
	if spec.CA {
		template.IsCA = true
		spec.constrain(template)
		template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
		return template
	}
	if !spec.Client {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
	}
	if !spec.Server {
		template.ExtKeyUsage = append(template.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	return template
}

// Noun is the certificate as cert-health sees it.
func (p *Pair) Noun() *cert.Certificate { return must(dercert.Parse(p.X509.Raw)) }

// Fingerprint is short for the noun's.
func (p *Pair) Fingerprint() cert.Fingerprint { return p.Noun().Fingerprint }

// CertPEM is the certificate as PEM, which ends with a line break.
func (p *Pair) CertPEM() string { return Armour("CERTIFICATE", p.X509.Raw) }

// Safe is the secret as `safe x509 issue` writes it.
func (p *Pair) Safe() map[string]any {
	secret := map[string]any{
		"certificate": p.CertPEM(),
		"key":         p.KeyPEM(),
		"combined":    p.CertPEM() + p.KeyPEM(),
	}
	if p.X509.IsCA {
		secret["serial"] = p.X509.SerialNumber.Text(16)
		secret["crl"] = p.CRL()
	}
	return secret
}

// CRL is an empty revocation list of the CA as PEM, which is valid as long as the CA.
func (p *Pair) CRL() string {
	return Armour("X509 CRL", p.CRLBetween(p.X509.NotBefore, p.X509.NotAfter))
}

// CRLBetween is an empty revocation list of the CA as DER, with the given validity.
func (p *Pair) CRLBetween(from, until time.Time) []byte {
	return must(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: from, NextUpdate: until,
	}, p.X509, p.key))
}

// Revoking is the secret of a CA as `safe x509 revoke` leaves it: its list revokes one of the
// certificates in each second, the last one now.
func (p *Pair) Revoking(revoked ...*Pair) map[string]any {
	list := &x509.RevocationList{Number: big.NewInt(2), ThisUpdate: p.X509.NotBefore, NextUpdate: p.X509.NotAfter}
	now := time.Now()
	for i, other := range revoked {
		at := now.Add(time.Duration(i+1-len(revoked)) * time.Second)
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: other.X509.SerialNumber, RevocationTime: at})
	}
	secret := p.Safe()
	secret["crl"] = Armour("X509 CRL", must(x509.CreateRevocationList(rand.Reader, list, p.X509, p.key)))
	return secret
}

// Armour encodes data as PEM with a label of RFC 7468.
func Armour(label string, data []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: data}))
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("scenario: %v", err))
	}
	return value
}
