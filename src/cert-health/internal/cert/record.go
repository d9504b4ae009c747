package cert

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"net/netip"
	"slices"
)

// Record is a Certificate as data that can be written to a file and read again. It has everything
// that a Certificate has, and nothing that is secret.
type Record struct {
	Public       Certificate         `json:"public"`
	Signed       []byte              `json:"signed,omitempty"` // what was signed, or its digest
	Signature    []byte              `json:"signature,omitempty"`
	Key          []byte              `json:"key,omitempty"` // SubjectPublicKeyInfo
	AuthorityKey keyID               `json:"authority_key,omitzero"`
	SubjectKey   keyID               `json:"subject_key,omitzero"`
	Constraints  *RecordOfConstraint `json:"constraints,omitempty"`
}

// RecordOfConstraint are the name constraints of a CA in a Record.
type RecordOfConstraint struct {
	PermittedDNS []string       `json:"permitted_dns,omitempty"`
	ExcludedDNS  []string       `json:"excluded_dns,omitempty"`
	PermittedIPs []netip.Prefix `json:"permitted_ips,omitempty"`
	ExcludedIPs  []netip.Prefix `json:"excluded_ips,omitempty"`
	Count        int            `json:"count,omitempty"` // more than there are in the lists if these are not kept
}

// maxRecordedKey bounds a key that is read from a record, in bytes: one of RSA with 16,384 bits
// has 2 KB.
const maxRecordedKey = 4 << 10

// Record returns the record of the certificate.
func (c *Certificate) Record() Record {
	r := Record{Public: *c, Signed: c.proof.bytes[:c.proof.signed], Signature: c.proof.bytes[c.proof.signed:],
		AuthorityKey: c.keyIDs.authority, SubjectKey: c.keyIDs.subject}
	if c.key != nil {
		r.Key, _ = x509.MarshalPKIXPublicKey(c.key) // an error is a curve that nothing is verified with
	}
	if n := c.constraints; n != nil {
		r.Constraints = &RecordOfConstraint{n.permittedDNS, n.excludedDNS, n.permittedIPs, n.excludedIPs, n.count}
	}
	return r
}

// Certificate returns the certificate of the record. A part that is not valid is not known of
// the certificate, and proves nothing.
func (r *Record) Certificate() *Certificate {
	c := r.Public
	c.NotBefore, c.NotAfter = writable(c.NotBefore), writable(c.NotAfter)
	c.keyIDs = keyIDs{authority: r.AuthorityKey, subject: r.SubjectKey}
	c.key = recordedKey(r.Key)
	if len(r.Signature) > 0 {
		c.proof = proof{bytes: slices.Concat(r.Signed, r.Signature), signed: len(r.Signed)}
	} else {
		c.proof = proof{}
	}
	if n := r.Constraints; n != nil {
		c.constraints = bounded(constraints{n.Count, n.PermittedDNS, n.ExcludedDNS, n.PermittedIPs, n.ExcludedIPs})
	} else {
		c.constraints = nil
	}
	return &c
}

func recordedKey(encoded []byte) crypto.PublicKey {
	if len(encoded) == 0 || len(encoded) > maxRecordedKey {
		return nil
	}
	key, err := x509.ParsePKIXPublicKey(encoded)
	if err != nil {
		return nil
	}
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return key
	}
	return nil
}
