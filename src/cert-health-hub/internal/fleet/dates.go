package fleet

import (
	"math"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// dates finds the worst end of validity. A CA that has its successor beside it harms no one: of CAs
// it counts what the agent says.
func (j *judge) dates(set []placed, onCurrent bool) (verdict.Code, verdict.Severity) {
	worst, severity := verdict.Code(""), verdict.OK
	for _, h := range set {
		f := &h.of
		if h.flags.has(ignoresDates) || onCurrent && j.truth.known && !j.truth.isCurrent(f.print) {
			continue
		}
		code, s := datesFound(h.flags)
		if f.role == cert.Leaf {
			if c, more := j.lifetime(f.notBefore, f.notAfter); more > s {
				code, s = c, more
			}
		}
		if s > severity {
			worst, severity = code, s
		}
	}
	return worst, severity
}

// datesFound is what the agent says about the dates.
func datesFound(f flags) (verdict.Code, verdict.Severity) {
	switch {
	case f.has(foundExpired):
		return verdict.Expired, verdict.Critical
	case f.has(foundExpiringSoon):
		return verdict.ExpiringSoon, verdict.Error
	case f.has(foundExpiring):
		return verdict.Expiring, verdict.Warning
	}
	return "", verdict.OK
}

// The parts of a lifetime that limit the thresholds, as on instances.
const (
	expiringPart     = 3
	expiringSoonPart = 10
)

// lifetime judges a validity as the agent does, for the time until it says it.
func (j *judge) lifetime(begins, ends int64) (verdict.Code, verdict.Severity) {
	if ends == 0 {
		return "", verdict.OK
	}
	life := seconds(min(ends-begins, math.MaxInt64/int64(time.Second)))
	switch left := seconds(min(ends-j.now, math.MaxInt64/int64(time.Second))); {
	case left < 0:
		return verdict.Expired, verdict.Critical
	case left < min(j.thresholds.ExpiringSoon, life/expiringSoonPart):
		return verdict.ExpiringSoon, verdict.Error
	case left < min(j.thresholds.Expiring, life/expiringPart):
		return verdict.Expiring, verdict.Warning
	}
	return "", verdict.OK
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }
