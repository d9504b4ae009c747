package verdict

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
)

// validity checks the dates. A CA breaks less if a valid path without it remains.
func (j *judge) validity(s subject, where place, t Thresholds) *draft {
	code := j.validityCode(s.Certificate, t)
	switch {
	case code == "":
		return nil
	case j.unused(s, where):
		return j.unusedValidity(s, where, code)
	case code == Expired, code == NotYetValid:
		r := j.relieve(s, where, j.facts.Now)
		return &draft{code: code, severity: invalidSeverity(s, r.kind), evidence: evidence{relief: r}}
	}
	// What replaces the CA must last longer than the CA.
	r := j.relieve(s, where, s.NotAfter.Add(time.Second))
	return &draft{code: code, severity: unlessReplaced(r.kind, expiringSeverity(code)), evidence: evidence{relief: r}}
}

// validityCode is the code of a certificate by its dates alone; empty if they are right.
func (j *judge) validityCode(c *cert.Certificate, t Thresholds) Code {
	return t.Validity(c, j.facts.Now)
}

// Validity is the code of a certificate by its dates alone; empty if they are right.
func (t Thresholds) Validity(c *cert.Certificate, now time.Time) Code {
	left := c.NotAfter.Sub(now)
	switch {
	case left < 0:
		return Expired
	case neverValid(c), !begun(c, now):
		return NotYetValid
	case left < min(t.ExpiringSoon, c.Lifetime()/expiringSoonPart):
		return ExpiringSoon
	case left < t.expiring(c):
		return Expiring
	}
	return ""
}

// expiring is the remaining lifetime below which a certificate is expiring.
func (t Thresholds) expiring(c *cert.Certificate) time.Duration {
	return min(t.Expiring, c.Lifetime()/expiringPart)
}

// isExpiring tells whether a certificate is expiring, or has expired.
func (j *judge) isExpiring(c *cert.Certificate, t Thresholds) bool {
	return c.NotAfter.Sub(j.facts.Now) < t.expiring(c)
}

// invalidSeverity is the severity of a certificate that is not valid.
func invalidSeverity(s subject, relief reliefKind) Severity {
	switch {
	case relief == successor, relief == otherPath:
		return Warning
	case relief == maybeSent, s.role == cert.Trust:
		return Error
	}
	return Critical
}

func expiringSeverity(code Code) Severity {
	if code == ExpiringSoon {
		return Error
	}
	return Warning
}

func unlessReplaced(relief reliefKind, severity Severity) Severity {
	if relief == successor || relief == otherPath {
		return Info
	}
	return severity
}

func valid(c *cert.Certificate, now time.Time) bool {
	return begun(c, now) && !now.After(c.NotAfter)
}

// skew is how far the clocks of two machines may differ.
const skew = 5 * time.Minute

// begun tells whether the validity of a certificate has begun. The certificate may have been
// issued a moment ago, by a machine whose clock is ahead.
func begun(c *cert.Certificate, now time.Time) bool { return !now.Before(c.NotBefore.Add(-skew)) }

// neverValid tells whether the validity of a certificate ends before it begins.
func neverValid(c *cert.Certificate) bool { return c.NotAfter.Before(c.NotBefore) }

// neverValidWords name both dates. The step is a deploy if the source holds a successor.
func (j *judge) neverValidWords(s subject) words {
	steps := j.deploy()
	if !j.hasSuccessor(s) {
		steps = j.reissue(s, "", "")
	}
	return words{fmt.Sprintf("never valid: it ends (%s) before it begins (%s)", Stamp(s.NotAfter), Stamp(s.NotBefore)), s.consequence(), steps}
}

func (j *judge) expiredWords(s subject) words {
	if neverValid(s.Certificate) {
		return j.neverValidWords(s)
	}
	message := fmt.Sprintf("expired %s", j.when(s.NotAfter))
	if s.relief.kind == unused {
		return j.unusedWords(s, message)
	}
	return words{message, s.consequence(), append(j.replace(s), j.ifDeployHangs(s)...)}
}

func (j *judge) expiringWords(s subject) words {
	message := fmt.Sprintf("expires %s", j.when(s.NotAfter))
	if s.relief.kind == unused {
		return j.unusedWords(s, message)
	}
	return words{message, "after that, " + s.consequence(), j.replace(s)}
}

func (j *judge) notYetValidWords(s subject) words {
	if neverValid(s.Certificate) {
		return j.neverValidWords(s)
	}
	message := fmt.Sprintf("becomes valid %s", j.when(s.NotBefore))
	if s.relief.kind == unused {
		return j.unusedWords(s, message)
	}
	return words{message, "until then, " + s.consequence(),
		append(checkClock(), Do("or reissue the certificate"))}
}

// checkClock are the steps for a certificate that is not valid yet.
func checkClock() []Step {
	return []Step{Run("date", "-u"), Do("if the clock is wrong, repair the VM's time synchronization"), Do("if it is right, wait")}
}

// replace are the steps that bring a valid successor: a deploy if the source holds one.
func (j *judge) replace(s subject) []Step {
	if j.hasSuccessor(s) {
		return j.deploy()
	}
	if steps := j.relieved(s); len(steps) > 0 {
		return steps
	}
	return j.renew(s)
}

// hasSuccessor tells whether the source holds a newer certificate that has not expired.
func (j *judge) hasSuccessor(s subject) bool {
	return s.reference != nil && s.reference.State == cert.Stale && !j.currentExpired(s.reference)
}

// consequence says what breaks while the certificate is not valid.
func (s subject) consequence() string {
	own := s.ownConsequence()
	switch {
	case own != "":
		return own
	case s.CA:
		return s.relief.consequence()
	case s.ServerAuth() && s.ClientAuth():
		return "its peers refuse it"
	case s.ServerAuth():
		return "clients refuse to connect to the server that uses it"
	case s.ClientAuth():
		return "servers refuse the client that uses it"
	}
	return "programs that verify it refuse it"
}
