package verdict

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
)

// validity checks the dates. An expired member of a trust bundle breaks only what it
// signed; one with a valid successor beside it breaks nothing.
func (j *judge) validity(s subject, where place, t Thresholds) *draft {
	covered, replaced := j.siblings(s, where)
	left := s.NotAfter.Sub(j.facts.Now)
	switch {
	case left < 0:
		return &draft{code: Expired, severity: invalidSeverity(s, covered)}
	case neverValid(s.Certificate), !begun(s.Certificate, j.facts.Now):
		return &draft{code: NotYetValid, severity: invalidSeverity(s, covered)}
	case left < min(t.ExpiringSoon, s.Lifetime()/expiringSoonPart):
		return &draft{code: ExpiringSoon, severity: unlessReplaced(replaced, Error)}
	case left < t.expiring(s.Certificate):
		return &draft{code: Expiring, severity: unlessReplaced(replaced, Warning)}
	}
	return nil
}

// siblings tells whether another valid CA with the same subject is in the same bundle, and
// whether that one lasts longer.
func (j *judge) siblings(s subject, where place) (covered, replaced bool) {
	sibling := j.successors[authority{bundleAt(where.class, where.file), s.Subject}]
	covered = s.CA && sibling != nil && sibling.Fingerprint != s.Fingerprint
	return covered, covered && sibling.NotAfter.After(s.NotAfter)
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
func invalidSeverity(s subject, covered bool) Severity {
	switch {
	case covered:
		return Warning
	case s.role == cert.Trust:
		return Error
	}
	return Critical
}

func unlessReplaced(replaced bool, severity Severity) Severity {
	if replaced {
		return Info
	}
	return severity
}

// authority is a CA by its subject, in one bundle.
type authority struct{ bundle, subject string }

// successors finds, for each subject of a CA in each bundle, the valid certificate that
// lasts longest. During a rotation it stands beside the one that it replaces.
func successors(facts Facts) map[authority]*cert.Certificate {
	best := map[authority]*cert.Certificate{}
	for _, deployed := range facts.Deployed {
		c := deployed.Certificate
		if !c.CA || !valid(c, facts.Now) {
			continue
		}
		for _, location := range deployed.Locations {
			name := authority{bundleAt(location.Class, location.File), c.Subject}
			if known := best[name]; known == nil || c.NotAfter.After(known.NotAfter) {
				best[name] = c
			}
		}
	}
	return best
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
	steps := []Step{j.deploy()}
	if !j.hasSuccessor(s) {
		steps = j.reissue(s, "", "")
	}
	return words{fmt.Sprintf("never valid: it ends (%s) before it begins (%s)", Stamp(s.NotAfter), Stamp(s.NotBefore)), s.consequence(), steps}
}

func (j *judge) expiredWords(s subject) words {
	if neverValid(s.Certificate) {
		return j.neverValidWords(s)
	}
	return words{fmt.Sprintf("expired %s", j.when(s.NotAfter)), s.consequence(), j.replace(s)}
}

func (j *judge) expiringWords(s subject) words {
	return words{fmt.Sprintf("expires %s", j.when(s.NotAfter)), "after that, " + s.consequence(), j.replace(s)}
}

func (j *judge) notYetValidWords(s subject) words {
	if neverValid(s.Certificate) {
		return j.neverValidWords(s)
	}
	return words{fmt.Sprintf("becomes valid %s", j.when(s.NotBefore)), "until then, " + s.consequence(),
		append(checkClock(), Do("or reissue the certificate"))}
}

// checkClock are the steps for a certificate that is not valid yet.
func checkClock() []Step {
	return []Step{Run("date", "-u"), Do("if the clock is wrong, repair the VM's time synchronization"), Do("if it is right, wait")}
}

// replace are the steps that bring a valid successor: a deploy if the source holds one.
func (j *judge) replace(s subject) []Step {
	if j.hasSuccessor(s) {
		return []Step{j.deploy()}
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
		return "every certificate that it signed is refused"
	case s.ServerAuth() && s.ClientAuth():
		return "its peers refuse it"
	case s.ServerAuth():
		return "clients refuse to connect to the server that uses it"
	case s.ClientAuth():
		return "servers refuse the client that uses it"
	}
	return "programs that verify it refuse it"
}
