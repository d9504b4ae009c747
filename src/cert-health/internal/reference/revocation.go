package reference

import (
	"time"

	"cert-health/internal/cert"
)

// findSigners finds a deployed CA for each key. A job can have any number of CAs with one key, and
// one is enough to verify a signature.
func (r *resolver) findSigners(deployed []cert.Deployed) {
	if len(r.revoked) == 0 {
		return
	}
	for _, d := range deployed {
		if c := d.Certificate; c.Signs() {
			r.signers[c.PublicKey.Mark()] = c
		}
	}
}

// revocation returns when a certificate was revoked, or the zero time. A secret revokes only what
// its own CA signed: the certificate must have the signature of a deployed CA with the same key.
func (r *resolver) revocation(c *cert.Certificate) time.Time {
	for _, revocation := range r.revoked[cert.SerialMark(c.Serial)] {
		if ca := r.signers[revocation.Signer]; ca != nil && c.SignedBy(ca) == cert.Signed {
			return revocation.At
		}
	}
	return time.Time{}
}
