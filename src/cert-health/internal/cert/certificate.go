package cert

import (
	"crypto"
	"crypto/x509"
	"fmt"
	"slices"
	"time"
)

// Certificate is one X.509 certificate. Only the fields in use are kept, and not the DER
// encoding, so that all certificates of a VM fit into a few kilobytes.
type Certificate struct {
	Fingerprint Fingerprint

	Subject    string   // RFC 2253, most specific part first; may be empty
	CommonName string   // the subject's, unescaped; may be empty
	Issuer     string   // RFC 2253
	Serial     string   // hexadecimal, lower case
	SANs       []string // DNS names, IP addresses, mail addresses and URIs, as encoded

	// AuthorityKeyID is the key identifier of the issuer, in hexadecimal; empty without one.
	AuthorityKeyID string
	// KeyID is the certificate's own key identifier, in hexadecimal; empty without one. It is a hint, not a proof.
	KeyID string

	NotBefore time.Time
	NotAfter  time.Time

	CA         bool // by basicConstraints, or a self-signed certificate of version 1
	SelfIssued bool // subject and issuer are the same; SelfSigned tells whether it signed itself

	KeyUsage    x509.KeyUsage
	ExtKeyUsage []string // dotted OIDs or the short names of RFC 5280, in their order

	KeyAlgorithm       x509.PublicKeyAlgorithm
	KeyBits            int // 0 when the algorithm is unknown to crypto/x509
	PublicKey          KeyDigest
	SignatureAlgorithm x509.SignatureAlgorithm

	// Refused says which programs refuse the certificate, Go programs among them, and why.
	// It is empty for nearly all certificates.
	Refused string

	proof proof            // for SignedBy
	key   crypto.PublicKey // of a CA or a self-issued certificate, for SignedBy and SelfSigned; nil when it is not known

	keyIDs      keyIDs
	constraints *constraints // of a CA; nil when it has none
}

// Lifetime is the time between NotBefore and NotAfter.
func (c *Certificate) Lifetime() time.Duration { return c.NotAfter.Sub(c.NotBefore) }

// Name is the certificate's name for people: its common name, or else its first subject
// alternative name, its whole subject, or its serial number.
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

// ServerAuth tells whether a server may use the certificate. A certificate without extended
// key usages may be used by both sides.
func (c *Certificate) ServerAuth() bool { return c.usableFor("serverAuth") }

// ClientAuth tells whether a client may use the certificate.
func (c *Certificate) ClientAuth() bool { return c.usableFor("clientAuth") }

func (c *Certificate) usableFor(usage string) bool {
	return len(c.ExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, usage) || slices.Contains(c.ExtKeyUsage, "anyExtendedKeyUsage")
}
