package validate

import (
	"crypto/x509"
	"errors"
	"math/big"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
)

// authority is a CA, or a certificate that others name as their signer. There is one for each certificate, however
// many secrets hold it.
type authority struct {
	holder
	whole bool                   // it is what its secret is about
	lists []*x509.RevocationList // that its key signed
}

// addAuthorities notes every certificate that may be the signer of others. The secret that is about it comes before
// those that hold it in a chain.
func (j *judge) addAuthorities(s *Secret) {
	s.each(func(_ string, c *cert.Certificate) {
		a := j.byPrint[c.Fingerprint]
		if a == nil {
			a = &authority{holder: holder{s, c}}
			j.byPrint[c.Fingerprint] = a
			j.authorities[c.Subject] = append(j.authorities[c.Subject], a)
		}
		if s.about(c) != "" {
			return
		}
		if !a.whole {
			a.whole, a.secret = true, s
		}
		if s.List != nil && c.SignedList(s.List) {
			a.lists = append(a.lists, s.List)
		}
	})
}

// revokes is when a list of the CA revoked a serial number; zero if none did.
func (a *authority) revokes(serial string) (at time.Time) {
	number, ok := new(big.Int).SetString(serial, 16)
	for _, list := range a.lists {
		if at.IsZero() && ok {
			at = issue.RevokedAt(list, number)
		}
	}
	return at
}

// signers are the candidates whose key signed a certificate.
func (j *judge) signers(c *cert.Certificate) []*authority {
	list, known := j.signersOf[c.Fingerprint]
	if known {
		return list
	}
	for _, a := range j.authorities[c.Issuer] {
		if a.Fingerprint != c.Fingerprint && !c.RulesOut(a.Certificate) && c.SignedBy(a.Certificate) == cert.Signed {
			list = append(list, a)
		}
	}
	j.signersOf[c.Fingerprint] = list
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
	all := j.signers(c)
	if len(all) == 0 {
		all = j.authorities[c.Issuer] // they explain why
	}
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
