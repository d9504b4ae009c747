package verdict

import (
	"time"

	"cert-health/internal/cert"
)

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
	if fault := j.untrusted(s, where, thresholds); fault != nil {
		drafts = append(drafts, draft{code: Untrusted, severity: fault.severity, evidence: evidence{fault: fault}})
	}
	if found, is := j.notLoaded(s, where); is {
		drafts = append(drafts, found)
	}
	if weak := j.weaknesses(s); len(weak) > 0 {
		drafts = append(drafts, draft{code: Weak, severity: gravest(weak)})
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
	case left < t.expiring(s.Certificate):
		return Expiring, lessIf(replaced, Warning)
	}
	return "", OK
}

// expiring is how much time a certificate has left when it becomes expiring.
func (t Thresholds) expiring(c *cert.Certificate) time.Duration {
	return min(t.Expiring, c.Lifetime()/expiringPart)
}

// ending tells whether a certificate is expiring, or worse.
func (j *judge) ending(c *cert.Certificate, t Thresholds) bool {
	return c.NotAfter.Sub(j.facts.Now) < t.expiring(c)
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
