package verdict

import (
	"fmt"

	"cert-health/internal/cert"
)

// revoked tells whether the source knows that the certificate was revoked. That of one which
// is not valid any more makes no difference.
func (j *judge) revoked(s subject) bool {
	return s.reference != nil && !s.reference.Revoked.IsZero() && valid(s.Certificate, j.facts.Now)
}

// revokedWords say what a revoked certificate can do to the programs that still use it.
func (j *judge) revokedWords(s subject) words {
	message := fmt.Sprintf("it was revoked in %s %s", j.source().Name(), j.when(s.reference.Revoked))
	why := "its key may be known to others, and programs that check revocation lists refuse it"
	if s.CA {
		message = fmt.Sprintf("%s still trusts it, and %s", s.at.File, message)
		why = "programs that use this file accept every certificate that it signs, and its key may be known to others"
	}
	return words{message, why, j.replaceRevoked(s)}
}

// replaceRevoked are the steps after which nothing uses the certificate any more. A renewal
// would keep its key.
func (j *judge) replaceRevoked(s subject) []Step {
	r := s.reference
	switch {
	case r.State == cert.Stale:
		return j.deploy()
	case len(r.Bundle) > 0:
		return append(at(Renewing, Do("remove it from %s", j.placeOf(r))), j.deploy()...)
	}
	return j.reissue(s, "", "")
}
