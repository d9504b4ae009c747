package validate

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// Want is what a command line asks of every certificate. What is zero asks nothing.
type Want struct {
	CA       bool
	SignedBy *Secret // the secret of the CA
	Revoked  bool
	Expired  bool
	Names    []string // all of them
	Bits     []int    // one of them
}

// wanted finds what the command line asks for and is not so.
func (j *judge) wanted(s *Secret) (found []Finding) {
	own := s.Main()
	unmet := func(format string, values ...any) {
		found = append(found, Finding{Code: Unmet, Severity: verdict.Error, Message: fmt.Sprintf(format, values...)})
	}
	if own == nil {
		return nil
	}
	w := j.Want
	if w.CA && !own.CA {
		unmet("it is not a CA (--ca)")
	}
	if w.SignedBy != nil {
		if fault := signedBy(own, w.SignedBy); fault != "" {
			unmet("%s (--signed-by)", fault)
		}
	}
	if at, _ := j.revokedAt(own); w.Revoked && at.IsZero() {
		unmet("it is not revoked (--revoked)")
	}
	if w.Expired && !j.Now.After(own.NotAfter) {
		unmet("it has not expired: it ends %s (--expired)", j.when(own))
	}
	for _, name := range w.Names {
		if !ValidFor(own, name) {
			unmet("it is not valid for the name %s (--for): its alternative names are %s", name, names(own))
		}
	}
	if len(w.Bits) > 0 && !slices.Contains(w.Bits, own.KeyBits) {
		unmet("its key is %s and has none of the sizes that --bits names", own.KeyName())
	}
	return found
}

func names(c *cert.Certificate) string {
	if len(c.SANs) == 0 {
		return "none"
	}
	return strings.Join(c.SANs, ", ")
}

// signedBy says why a certificate was not signed by the CA of a secret; empty if it was.
func signedBy(c *cert.Certificate, ca *Secret) string {
	signer := ca.Main()
	switch {
	case !signer.CA:
		return ca.Path + " is not a CA"
	case c.RulesOut(signer) || c.SignedBy(signer) == cert.NotSigned:
		return fmt.Sprintf("it is not signed by %s but by %s", ca.Path, c.Issuer)
	case c.SignedBy(signer) == cert.Unverifiable:
		return fmt.Sprintf("its signature (%s) cannot be verified with the key of %s", c.SignatureAlgorithm, ca.Path)
	}
	return ""
}
