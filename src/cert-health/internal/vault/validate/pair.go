package validate

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// PrivateKey is what is known of the private key of a secret.
type PrivateKey string

// What is known of a private key. Unknown says that keys of the algorithm are not compared.
const (
	Matches    PrivateKey = "matches"
	Differs    PrivateKey = "differs"
	Damaged    PrivateKey = "unreadable"
	Missing    PrivateKey = "missing"
	Uncompared PrivateKey = "unknown"
)

// privateKey tells whether the private key belongs to the certificate, and the key of the secret that holds it.
func (s *Secret) privateKey() (PrivateKey, string) {
	own := s.Main().PublicKey
	keys, under := s.private()
	switch {
	case own == cert.KeyDigest{}:
		return Uncompared, under
	case slices.Contains(keys, own):
		return Matches, under
	case len(keys) > 0:
		return Differs, under
	case s.has(privateKey):
		return Damaged, privateKey
	}
	return Missing, ""
}

// pair finds a private key that does not belong to the certificate.
func (j *judge) pair(s *Secret) []Finding {
	own := s.Main()
	if own == nil {
		return nil
	}
	state, under := s.privateKey()
	switch {
	case state == Differs:
		return []Finding{{Code: KeyMismatch, Severity: verdict.Error, Key: under,
			Message: fmt.Sprintf("its private key (%q) belongs to another certificate", under), Steps: s.replacement()}}
	case state == Damaged:
		return []Finding{{Code: Unreadable, Severity: verdict.Error, Key: under,
			Message: fmt.Sprintf("its private key (%q) cannot be read: it has a password, or it is damaged", under), Steps: s.replacement()}}
	case state == Missing && s.inLayout():
		severity := verdict.Warning
		if own.CA { // it may be there to be trusted only
			severity = verdict.Info
		}
		return []Finding{{Code: Layout, Severity: severity, Message: fmt.Sprintf("it has no private key under %q", privateKey)}}
	}
	return nil
}

// combined finds a value `combined` that does not hold the certificate and its key.
func (j *judge) combined(s *Secret) []Finding {
	if !s.inLayout() || !s.has(combinedKey) {
		return nil
	}
	own, both := s.Main(), s.at(combinedKey)
	message := ""
	switch {
	case !slices.ContainsFunc(both.Certificates, func(c *cert.Certificate) bool { return c.Fingerprint == own.Fingerprint }):
		message = fmt.Sprintf("its key %q does not hold the certificate under %q", combinedKey, certificateKey)
		if len(both.Certificates) > 0 {
			message += fmt.Sprintf(" but another one, which ends %s", verdict.Stamp(both.Certificates[0].NotAfter))
		}
	case len(both.Private) > 0 && own.PublicKey != (cert.KeyDigest{}) && !slices.Contains(both.Private, own.PublicKey):
		message = fmt.Sprintf("its key %q holds another private key than %q", combinedKey, privateKey)
	default:
		return nil
	}
	return []Finding{{Code: Layout, Severity: verdict.Error, Key: combinedKey, Message: message, Steps: s.successor(own)}}
}
