package cert

import (
	"crypto/sha256"
	"crypto/x509"
)

// keyID stands for a key identifier: the beginning of its digest, which is enough to
// tell a VM's CAs apart. It is zero where there is none.
type keyID [8]byte

func keyIDOf(identifier []byte) (id keyID) {
	if len(identifier) > 0 {
		digest := sha256.Sum256(identifier)
		copy(id[:], digest[:])
	}
	return id
}

// keyIDs are the identifiers that a certificate states: of the key which signed it, and
// of its own. They are hints. Nothing but SignedBy proves anything.
type keyIDs struct{ authority, subject keyID }

func keyIDsOf(x *x509.Certificate) keyIDs {
	return keyIDs{authority: keyIDOf(x.AuthorityKeyId), subject: keyIDOf(x.SubjectKeyId)}
}

// RulesOut tells whether the certificate's key identifier and ca's say that another key
// than ca's signed it. By that, a library passes a CA over without looking at the
// signature.
func (c *Certificate) RulesOut(ca *Certificate) bool {
	return c.keyIDs.authority != keyID{} && ca.keyIDs.subject != keyID{} && c.keyIDs.authority != ca.keyIDs.subject
}

// SameSigner tells whether two certificates state that the same key signed them. False
// is no answer: one of both may not state any.
func (c *Certificate) SameSigner(other *Certificate) bool {
	return c.keyIDs.authority != keyID{} && c.keyIDs.authority == other.keyIDs.authority
}
