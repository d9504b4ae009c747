package cert

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"time"
	"unique"
)

// Fingerprint is the SHA-256 of a certificate's DER encoding: the one identity
// that no renewal, copy or re-encoding can blur.
type Fingerprint [sha256.Size]byte

// String returns 64 lower-case hex digits, as openssl prints them without colons.
func (f Fingerprint) String() string { return hex.EncodeToString(f[:]) }

// MarshalText writes the digits into JSON.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText reads them back.
func (f *Fingerprint) UnmarshalText(text []byte) error { return unhex(f[:], text) }

// unhex reads exactly as many octets as there is room for.
func unhex(octets, text []byte) error {
	if hex.DecodedLen(len(text)) != len(octets) {
		return fmt.Errorf("%q has not %d hexadecimal digits", text, 2*len(octets))
	}
	_, err := hex.Decode(octets, text)
	return err
}

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

// ParseDER reads one certificate from the start of der. What follows it is
// ignored, for OpenSSL's TRUSTED CERTIFICATE appends its own data.
func ParseDER(der []byte) (*Certificate, error) {
	if size, ok := sequenceSize(der); ok && size < len(der) {
		der = der[:size]
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return fromX509(parsed), nil
}

func fromX509(x *x509.Certificate) *Certificate {
	selfIssued := bytes.Equal(x.RawSubject, x.RawIssuer)
	c := &Certificate{
		Fingerprint:        sha256.Sum256(x.Raw),
		Subject:            x.Subject.String(),
		CommonName:         x.Subject.CommonName,
		Issuer:             unique.Make(x.Issuer.String()).Value(), // one copy for all that a CA signed
		Serial:             x.SerialNumber.Text(16),
		SANs:               sans(x),
		NotBefore:          x.NotBefore,
		NotAfter:           x.NotAfter,
		CA:                 x.BasicConstraintsValid && x.IsCA || x.Version < 3 && selfIssued,
		SelfIssued:         selfIssued,
		KeyUsage:           x.KeyUsage,
		ExtKeyUsage:        extKeyUsages(x),
		KeyAlgorithm:       x.PublicKeyAlgorithm,
		KeyBits:            keyBits(x.PublicKey),
		PublicKey:          digestOf(x),
		SignatureAlgorithm: x.SignatureAlgorithm,
		proof:              proofOf(x),
		keyIDs:             keyIDsOf(x),
	}
	if c.CA {
		c.key, c.constraints = publicKey(x), constraintsOf(x)
	}
	return c
}

func sans(x *x509.Certificate) []string {
	count := len(x.DNSNames) + len(x.IPAddresses) + len(x.EmailAddresses) + len(x.URIs)
	if count == 0 {
		return nil
	}
	names := make([]string, 0, count)
	names = append(names, x.DNSNames...)
	for _, ip := range x.IPAddresses {
		names = append(names, ip.String())
	}
	names = append(names, x.EmailAddresses...)
	for _, uri := range x.URIs {
		// A password in a URI name would travel into every report.
		names = append(names, uri.Redacted())
	}
	return names
}

func keyBits(public any) int {
	switch key := public.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return key.Curve.Params().BitSize
	case ed25519.PublicKey:
		return len(key) * 8
	}
	return 0
}
