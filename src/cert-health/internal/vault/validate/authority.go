package validate

import (
	"errors"
	"math/big"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
)

// authority is a CA, or a certificate that others name as their signer.
type authority struct {
	holder
	whole bool // it is what its secret is about: its revocation list is that of this CA
}

// addAuthorities notes every certificate that may be the signer of others.
func (j *judge) addAuthorities(s *Secret) {
	s.each(func(_ string, c *cert.Certificate) {
		j.authorities[c.Subject] = append(j.authorities[c.Subject], &authority{holder{s, c}, s.about(c) == ""})
	})
}

// revokes is when the list of the CA revoked a serial number; zero if it did not, or if its key did not sign the list.
func (a *authority) revokes(serial string) time.Time {
	if !a.whole || a.secret.List == nil || !a.SignedList(a.secret.List) {
		return time.Time{}
	}
	number, ok := new(big.Int).SetString(serial, 16)
	if !ok {
		return time.Time{}
	}
	return issue.RevokedAt(a.secret.List, number)
}

// signers are the candidates whose key signed a certificate.
func (j *judge) signers(c *cert.Certificate) (list []*authority) {
	for _, a := range j.authorities[c.Issuer] {
		if a.Fingerprint != c.Fingerprint && !c.RulesOut(a.Certificate) && c.SignedBy(a.Certificate) == cert.Signed {
			list = append(list, a)
		}
	}
	return list
}

// revokedAt is when one of its CAs revoked a certificate; zero if none did. by is that CA.
func (j *judge) revokedAt(c *cert.Certificate) (at time.Time, by *authority) {
	if c.SelfSigned() {
		return time.Time{}, nil
	}
	for _, a := range j.signers(c) {
		if at := a.revokes(c.Serial); !at.IsZero() {
			return at, a
		}
	}
	return time.Time{}, nil
}

// signerOf finds who signed a certificate. The error says why that CA must not sign; ErrNoSigner says that no secret
// holds it.
func (j *judge) signerOf(c *cert.Certificate) (*authority, error) {
	all := j.authorities[c.Issuer]
	var candidates []issue.Candidate
	for _, a := range all {
		at, _ := j.revokedAt(a.Certificate)
		candidates = append(candidates, issue.Candidate{Path: a.secret.Path, Certificate: a.Certificate, Revoked: at})
	}
	found, err := issue.Signer(c, candidates, j.Now)
	if err != nil {
		return nil, err
	}
	return all[found], nil
}

// maxChain is the length of the longest chain that is followed.
const maxChain = 16

// climb follows the signers of a certificate until the root. The error says which of them must not sign; ErrNoSigner
// is one for the certificate itself only.
func (j *judge) climb(c *cert.Certificate) error {
	seen := []cert.Fingerprint{}
	for range maxChain {
		if c.SelfSigned() || slices.Contains(seen, c.Fingerprint) {
			return nil
		}
		seen = append(seen, c.Fingerprint)
		a, err := j.signerOf(c)
		switch {
		case errors.Is(err, issue.ErrNoSigner) && len(seen) > 1:
			return nil
		case err != nil:
			return err
		}
		c = a.Certificate
	}
	return nil
}
