package reference

import (
	"time"

	"cert-health/internal/cert"
)

// findSigners finds the deployed CAs by their keys.
func (r *resolver) findSigners(deployed []cert.Deployed) {
	if len(r.revoked) == 0 {
		return
	}
	for _, d := range deployed {
		if c := d.Certificate; c.CA {
			r.signers[c.PublicKey.Mark()] = append(r.signers[c.PublicKey.Mark()], c)
		}
	}
}

// revocation returns when a certificate was revoked, or the zero time. A secret revokes only what
// its own CA signed: the certificate must have the signature of a deployed CA with the same key.
func (r *resolver) revocation(c *cert.Certificate) time.Time {
	for _, revocation := range r.revoked[cert.SerialMark(c.Serial)] {
		for _, ca := range r.signers[revocation.Signer] {
			if c.SignedBy(ca) == cert.Signed {
				return revocation.At
			}
		}
	}
	return time.Time{}
}
