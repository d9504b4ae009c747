package cert

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Certificate is what is public and of use about one X.509 certificate. The DER
// encoding itself is not kept: a VM's certificates fit into a few kilobytes.
type Certificate struct {
	Fingerprint Fingerprint

	Subject    string   // RFC 2253, most specific part first; may be empty
	CommonName string   // the subject's, unescaped; may be empty
	Issuer     string   // RFC 2253
	Serial     string   // hexadecimal, lower case
	SANs       []string // DNS names, IP addresses, mail addresses and URIs, as encoded

	NotBefore time.Time
	NotAfter  time.Time

	CA         bool // may sign others: basicConstraints, or a self-issued version 1 certificate
	SelfIssued bool // subject and issuer are the same

	KeyUsage    x509.KeyUsage
	ExtKeyUsage []string // dotted OIDs or the short names of RFC 5280, in their order

	KeyAlgorithm       x509.PublicKeyAlgorithm
	KeyBits            int // 0 when the algorithm is unknown to crypto/x509
	PublicKey          KeyDigest
	SignatureAlgorithm x509.SignatureAlgorithm

	proof proof            // what SignedBy verifies
	key   crypto.PublicKey // of a CA, with which SignedBy verifies; nil when unknown

	keyIDs      keyIDs
	constraints *constraints // of a CA; nil for none
}

// Root tells whether the certificate is a self-issued CA, whose own signature
// nobody relies on.
func (c *Certificate) Root() bool { return c.CA && c.SelfIssued }

// Lifetime is the whole span for which the certificate was issued.
func (c *Certificate) Lifetime() time.Duration { return c.NotAfter.Sub(c.NotBefore) }

// Name is what people call the certificate: its common name, else its first
// subject alternative name, else its whole subject, else its serial number.
func (c *Certificate) Name() string {
	switch {
	case c.CommonName != "":
		return c.CommonName
	case len(c.SANs) > 0:
		return c.SANs[0]
	case c.Subject != "":
		return c.Subject
	}
	return "serial " + c.Serial
}

// KeyName is the public key's algorithm and size: "RSA 2048".
func (c *Certificate) KeyName() string {
	if c.KeyBits == 0 {
		return c.KeyAlgorithm.String()
	}
	return fmt.Sprintf("%s %d", c.KeyAlgorithm, c.KeyBits)
}

// ServerAuth and ClientAuth tell for which side of a handshake the certificate
// was issued. Without any extended key usage it serves for both.
func (c *Certificate) ServerAuth() bool { return c.usableFor("serverAuth") }

// ClientAuth is ServerAuth's other side.
func (c *Certificate) ClientAuth() bool { return c.usableFor("clientAuth") }

func (c *Certificate) usableFor(usage string) bool {
	return len(c.ExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, usage) || slices.Contains(c.ExtKeyUsage, "anyExtendedKeyUsage")
}
