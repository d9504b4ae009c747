package validate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/verdict"
)

// chain finds a chain behind a leaf that is not the one of its signers, in their order: servers send it as it is.
func (j *judge) chain(s *Secret) []Finding {
	chain := s.at(certificateKey).Certificates
	if len(chain) < 2 || chain[0].CA { // several CAs may be a bundle
		return nil
	}
	for i, c := range chain[1:] {
		if chain[i].SignedBy(c) != cert.NotSigned && !chain[i].RulesOut(c) {
			continue
		}
		return []Finding{{Code: Untrusted, Severity: verdict.Warning, Key: certificateKey, About: s.about(chain[i]),
			Message: fmt.Sprintf("the certificate behind %s in the chain (%s) did not sign it, and clients refuse such a chain", chain[i].Name(), c.Name()),
			Steps:   []verdict.Step{verdict.Do("write the chain of %s in the right order: each certificate is signed by the next one", s.Path)}}}
	}
	return nil
}

// signer finds a CA above the certificate that must not sign.
func (j *judge) signer(s *Secret) []Finding {
	own := s.Main()
	if own == nil {
		return nil
	}
	err := j.climb(own)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, issue.ErrNoSigner) && j.namesake(s) != "":
		return []Finding{{Code: Untrusted, Severity: verdict.Warning, Steps: s.successor(own),
			Message: fmt.Sprintf("it is not signed with the key of %s, which has the name of its CA (%s): who trusts only the CA there refuses it", j.namesake(s), own.Issuer)}}
	case errors.Is(err, issue.ErrNoSigner):
		return []Finding{{Code: Untrusted, Severity: verdict.Info,
			Message: fmt.Sprintf("its CA (%s) is not in the secrets that were read, so its signature is not verified", own.Issuer)}}
	}
	return []Finding{{Code: Untrusted, Severity: verdict.Error, Message: "programs refuse it: " + strings.TrimSuffix(err.Error(), ".")}}
}

// namesake is the path of a CA beside or above a secret that has the name of its signer; empty without one. It has
// probably got a new key.
func (j *judge) namesake(s *Secret) string {
	for _, a := range j.authorities[s.Main().Issuer] {
		if a.whole && a.CA && a.secret != s && slices.Contains(near(s.Path), a.secret.Path) {
			return a.secret.Path
		}
	}
	return ""
}

// revoked finds a certificate that its CA revoked.
func (j *judge) revoked(s *Secret) []Finding {
	own := s.Main()
	if own == nil || j.Want.Revoked {
		return nil
	}
	at, by := j.revokedAt(own)
	if at.IsZero() {
		return nil
	}
	return []Finding{{Code: Revoked, Severity: verdict.Error, Steps: s.replacement(),
		Message: fmt.Sprintf("its CA %s revoked it %s (%s)", by.secret.Path, verdict.Relative(at, j.Now), verdict.Stamp(at))}}
}
