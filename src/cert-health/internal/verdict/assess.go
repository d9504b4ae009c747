package verdict

import (
	"crypto/x509"

	"cert-health/internal/cert"
)

// minRSABits is what public CAs and current TLS libraries ask for.
const minRSABits = 2048

// at assesses a certificate at one place.
func (j *judge) at(s subject, where place) []draft {
	thresholds := j.policy.at(where)
	if where.class == cert.TrustFile && s.role == cert.CA {
		s.role = cert.Trust // whatever it is elsewhere
	}
	if where.class != cert.JobFile {
		s.reference = nil
	}
	covered, replaced := j.siblings(s, bundleAt(where.class, where.file))
	var drafts []draft
	if code, severity := j.validity(s, thresholds, covered, replaced); severity != OK {
		drafts = append(drafts, draft{code: code, severity: severity})
	}
	if code, severity := j.drift(s, thresholds, where.file, replaced); severity != OK {
		drafts = append(drafts, draft{code: code, severity: severity})
	}
	if mismatch := j.mismatch(s, where); mismatch != nil {
		drafts = append(drafts, draft{code: KeyMismatch, severity: Critical, evidence: evidence{mismatch: mismatch}})
	}
	if strangers := j.strangers(s, where); len(strangers) > 0 && where.class != cert.AgentFile {
		drafts = append(drafts, draft{code: Untrusted, severity: Error, evidence: evidence{strangers: strangers}})
	}
	if found, is := j.notLoaded(s, where); is {
		drafts = append(drafts, found)
	}
	if weakness(s.Certificate) != "" {
		drafts = append(drafts, draft{code: Weak, severity: Warning})
	}
	return drafts
}

// siblings tells whether another, valid CA of the same name stands in the file,
// and whether it is the one that lasts longer.
func (j *judge) siblings(s subject, file string) (covered, replaced bool) {
	sibling := j.successors[authority{file, s.Subject}]
	covered = s.CA && sibling != nil && sibling.Fingerprint != s.Fingerprint
	return covered, covered && sibling.NotAfter.After(s.NotAfter)
}

// validity weighs what the dates say. A member of a trust bundle takes down only
// what it signed; one whose successor is there takes down nothing.
func (j *judge) validity(s subject, t Thresholds, covered, replaced bool) (Code, Severity) {
	left := s.NotAfter.Sub(j.facts.Now)
	switch {
	case j.facts.Now.Before(s.NotBefore):
		return NotYetValid, dead(s, covered)
	case left < 0:
		return Expired, dead(s, covered)
	case left < min(t.ExpiringSoon, s.Lifetime()/expiringSoonPart):
		return ExpiringSoon, lessIf(replaced, Error)
	case left < min(t.Expiring, s.Lifetime()/expiringPart):
		return Expiring, lessIf(replaced, Warning)
	}
	return "", OK
}

func dead(s subject, harmless bool) Severity {
	switch {
	case harmless:
		return Warning
	case s.role == cert.Trust:
		return Error
	}
	return Critical
}

func lessIf(replaced bool, severity Severity) Severity {
	if replaced {
		return Info
	}
	return severity
}

// weakness says what is weak about a certificate's cryptography; empty if nothing.
func weakness(c *cert.Certificate) string {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		// Nobody verifies a root's signature on itself.
		if !c.Root() {
			return "it is signed with " + c.SignatureAlgorithm.String() + ", which can be forged and which current TLS libraries refuse"
		}
	}
	if c.KeyAlgorithm == x509.RSA && c.KeyBits > 0 && c.KeyBits < minRSABits {
		return "its RSA key has " + itoa(c.KeyBits) + " bits, fewer than 2048, and current TLS libraries refuse it"
	}
	return ""
}
