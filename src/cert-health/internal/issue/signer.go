package issue

import (
	"errors"
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Candidate is a certificate that may have signed another one.
type Candidate struct {
	Path        string // of its secret, for people; may be empty
	Certificate *cert.Certificate
	Revoked     time.Time // when the CA that signed it revoked it; zero if it did not
}

// String names the candidate for people.
func (c Candidate) String() string {
	if c.Path == "" {
		return c.Certificate.Name()
	}
	return c.Certificate.Name() + " (" + c.Path + ")"
}

// Signer finds the candidate that signed a certificate, by its key identifier and by the verified signature, and
// returns its position. Of several with one key, one that may sign and ends last counts. The error says why there is
// none: no candidate signed it, or the one that did must not sign.
func Signer(c *cert.Certificate, candidates []Candidate, now time.Time) (int, error) {
	best, refused := -1, error(nil)
	for i, candidate := range candidates {
		if c.RulesOut(candidate.Certificate) || c.SignedBy(candidate.Certificate) != cert.Signed {
			continue
		}
		if err := CheckSigner(candidate, now); err != nil {
			refused = err
			continue
		}
		if best < 0 || candidate.Certificate.NotAfter.After(candidates[best].Certificate.NotAfter) {
			best = i
		}
	}
	switch {
	case best >= 0:
		return best, nil
	case refused != nil:
		return -1, refused
	}
	return -1, unsigned(c, candidates)
}

// ErrNoSigner says that no candidate signed a certificate.
var ErrNoSigner = errors.New("no CA that was read signed it")

// CheckSigner tells why a certificate must not sign others.
func CheckSigner(c Candidate, now time.Time) error {
	own := c.Certificate
	switch {
	case !own.CA:
		return fmt.Errorf("%s is not a CA, and programs refuse what it signs: use a CA", c)
	case !own.Signs():
		return fmt.Errorf("%s may not sign certificates, by its key usages or its kind of key: use another CA", c)
	case !c.Revoked.IsZero():
		return fmt.Errorf("the CA %s was revoked %s: make a new CA, or use another one", c, verdict.Stamp(c.Revoked))
	case !now.Before(own.NotAfter):
		return fmt.Errorf("the CA %s expired %s: renew it first", c, verdict.Stamp(own.NotAfter))
	case now.Before(own.NotBefore):
		return fmt.Errorf("the CA %s becomes valid %s: wait until then, or correct the clock of this machine", c, verdict.Stamp(own.NotBefore))
	}
	return nil
}

// unsigned says why no candidate signed a certificate. Of those that look like the signer, it names the first one.
func unsigned(c *cert.Certificate, candidates []Candidate) error {
	for _, candidate := range candidates {
		own := candidate.Certificate
		if own.Subject != c.Issuer || own.Fingerprint == c.Fingerprint || c.RulesOut(own) {
			continue
		}
		switch c.SignedBy(own) {
		case cert.NotSigned:
			return fmt.Errorf("%w: %s has the name of its signer (%s), but another key", ErrNoSigner, candidate, c.Issuer)
		case cert.Unverifiable:
			if err := CheckSigner(candidate, own.NotBefore); err != nil {
				return err
			}
			return fmt.Errorf("the signature of %s cannot be verified (%s): name its CA with --signed-by", c.Name(), c.SignatureAlgorithm)
		}
	}
	return fmt.Errorf("%w; its signer is %s: name the secret of that CA with --signed-by", ErrNoSigner, describe(c))
}

// describe describes the signer of a certificate by what the certificate says.
func describe(c *cert.Certificate) string {
	if c.AuthorityKeyID == "" {
		return c.Issuer
	}
	return c.Issuer + ", key identifier " + c.AuthorityKeyID
}
