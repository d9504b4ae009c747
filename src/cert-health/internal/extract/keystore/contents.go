package keystore

import (
	"strings"
	"unicode/utf8"

	"cert-health/internal/cert"
)

// Contents is all that a store has to say of certificates.
type Contents struct {
	Kind    Kind
	Entries []Entry // in the order of the store
	CRLs    []cert.CRL
	Broken  []Broken
	// Omitted counts broken certificates beyond MaxBroken.
	Omitted int
}

// Entry is what a store holds under one alias.
type Entry struct {
	Alias string // may be empty; cut at MaxAlias
	Kind  EntryKind
	// Certificates are at least one: first the entry's own, then its issuers upwards.
	Certificates []*cert.Certificate
}

// EntryKind is what an entry is there for.
type EntryKind string

// The kinds of entries, and no others.
const (
	Key     EntryKind = "key"     // the chain of a private key
	Trusted EntryKind = "trusted" // one certificate, to verify others with
	Loose   EntryKind = "loose"   // neither: all of PKCS #7, and what openssl puts into PKCS #12 without a key
)

// Broken is a certificate, or a revocation list, that cannot be read.
type Broken struct {
	Alias  string
	Reason string
}

// add appends an entry, unless nothing of it could be read.
func (c *Contents) add(entry Entry) {
	if len(entry.Certificates) > 0 {
		c.Entries = append(c.Entries, entry)
	}
}

func (c *Contents) broken(b Broken) {
	b.Reason = short([]byte(b.Reason)) // crypto/x509 quotes what it does not like
	if len(c.Broken) == MaxBroken {
		c.Omitted++
		return
	}
	c.Broken = append(c.Broken, b)
}

// short makes text of what somebody else wrote, cut at MaxAlias.
func short(octets []byte) string {
	const more = "…"
	if len(octets) > MaxAlias {
		end := MaxAlias - len(more)
		for end > MaxAlias-len(more)-utf8.UTFMax && !utf8.RuneStart(octets[end]) {
			end--
		}
		return strings.ToValidUTF8(string(octets[:end]), "\ufffd") + more
	}
	return strings.ToValidUTF8(string(octets), "\ufffd")
}
