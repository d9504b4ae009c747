package cert

import (
	"crypto/sha256"
	"crypto/x509"
)

// keyID is the beginning of a key identifier's digest, which is enough to distinguish the CAs
// of a VM. It is zero when there is no identifier.
type keyID [8]byte

func keyIDOf(identifier []byte) (id keyID) {
	if len(identifier) > 0 {
		digest := sha256.Sum256(identifier)
		copy(id[:], digest[:])
	}
	return id
}

// keyIDs are the key identifiers in a certificate: of the key that signed it, and of its own
// key. They are hints. Only SignedBy is proof.
type keyIDs struct{ authority, subject keyID }

func keyIDsOf(x *x509.Certificate) keyIDs {
	return keyIDs{authority: keyIDOf(x.AuthorityKeyId), subject: keyIDOf(x.SubjectKeyId)}
}

// RulesOut tells whether the key identifiers of the two certificates say that ca did not sign
// this one. Libraries then skip ca without verifying the signature.
func (c *Certificate) RulesOut(ca *Certificate) bool {
	return c.keyIDs.authority != keyID{} && ca.keyIDs.subject != keyID{} && c.keyIDs.authority != ca.keyIDs.subject
}

// Names tells whether the key identifier of the signer in this certificate is that of ca.
func (c *Certificate) Names(ca *Certificate) bool {
	return c.keyIDs.authority != keyID{} && c.keyIDs.authority == ca.keyIDs.subject
}

// SameSigner tells whether the key identifiers of two certificates say that the same key
// signed them. False proves nothing: one of them may have no identifier.
func (c *Certificate) SameSigner(other *Certificate) bool {
	return c.keyIDs.authority != keyID{} && c.keyIDs.authority == other.keyIDs.authority
}
