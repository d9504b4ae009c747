package verdict

import (
	"math"
	"time"
)

// life is that of something which ends and is no certificate.
type life struct {
	begin time.Time // zero when nobody tells
	end   time.Time // zero when it has none
}

// judge weighs how much of it is left, by the thresholds of certificates.
func (l life) judge(t Thresholds, now time.Time) (Code, Severity) {
	if l.end.IsZero() {
		return "", OK
	}
	all := time.Duration(math.MaxInt64)
	if !l.begin.IsZero() {
		all = l.end.Sub(l.begin)
	}
	switch left := l.end.Sub(now); {
	case left < 0:
		return Expired, Error
	case left < min(t.ExpiringSoon, all/expiringSoonPart):
		return ExpiringSoon, Error
	case left < min(t.Expiring, all/expiringPart):
		return Expiring, Warning
	}
	return "", OK
}
