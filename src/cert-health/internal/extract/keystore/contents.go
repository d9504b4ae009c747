package keystore

import (
	"strings"
	"unicode/utf8"

	"cert-health/internal/cert"
)

// Contents are the certificates and revocation lists of a store.
type Contents struct {
	Kind    Kind
	Entries []Entry // in the order of the store
	CRLs    []cert.CRL
	Broken  []Broken
	// Omitted counts broken certificates beyond MaxBroken.
	Omitted int
}

// Entry is one entry of a store, with its certificates.
type Entry struct {
	Alias string // may be empty; cut at MaxAlias
	Kind  EntryKind
	// Certificates has at least one: first the certificate of the entry, then its issuers
	// upwards.
	Certificates []*cert.Certificate
}

// EntryKind is the purpose of an entry.
type EntryKind string

// The kinds of entries. There are no others.
const (
	Key     EntryKind = "key"     // the chain of a private key
	Trusted EntryKind = "trusted" // one certificate that verifies others
	Loose   EntryKind = "loose"   // neither: PKCS #7, and certificates that openssl puts into PKCS #12 without a key
)

// Broken is a certificate, or a revocation list, that cannot be read.
type Broken struct {
	Alias  string
	Reason string
}

// add appends an entry, unless it has no readable certificate.
func (c *Contents) add(entry Entry) {
	if len(entry.Certificates) > 0 {
		c.Entries = append(c.Entries, entry)
	}
}

func (c *Contents) broken(b Broken) {
	b.Reason = short([]byte(b.Reason)) // crypto/x509 quotes what it refuses
	if len(c.Broken) == MaxBroken {
		c.Omitted++
		return
	}
	c.Broken = append(c.Broken, b)
}

// short makes valid UTF-8 of a foreign string, and cuts it at MaxAlias.
func short(foreign []byte) string {
	const more = "…"
	if len(foreign) > MaxAlias {
		end := MaxAlias - len(more)
		for end > MaxAlias-len(more)-utf8.UTFMax && !utf8.RuneStart(foreign[end]) {
			end--
		}
		return strings.ToValidUTF8(string(foreign[:end]), "\ufffd") + more
	}
	return strings.ToValidUTF8(string(foreign), "\ufffd")
}
