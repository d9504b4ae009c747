package inventory

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"cert-health/internal/cert"
)

// ID identifies a certificate: its SHA-256 as 64 lower-case hex digits. A certificate that a source
// only describes, such as Ops Manager, has an ID that begins with "described-".
type ID string

// described is how the ID of a certificate begins whose bytes are not known.
const described = "described-"

// IDOf is the ID of a certificate whose bytes are known.
func IDOf(f cert.Fingerprint) ID { return ID(f.String()) }

// DescribedID is the ID of a certificate that a source describes at a path.
func DescribedID(source, path string) ID {
	sum := sha256.Sum256([]byte(source + "\x00" + path))
	return ID(described + hex.EncodeToString(sum[:16]))
}

// Described tells whether the bytes of the certificate are unknown. Its facts are what the source
// says: names and dates, without a public key.
func (id ID) Described() bool { return strings.HasPrefix(string(id), described) }

// Certificate is a certificate and its ID.
type Certificate struct {
	ID ID
	*cert.Certificate
}

// New makes a Certificate of one whose bytes are known.
func New(c *cert.Certificate) Certificate { return Certificate{IDOf(c.Fingerprint), c} }
