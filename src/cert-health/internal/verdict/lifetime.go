package verdict

import (
	"math"
	"time"
)

// lifetime is that of something that expires and is not a certificate.
type lifetime struct {
	begin time.Time // zero if unknown
	end   time.Time // zero if there is none
}

// judge compares the remaining lifetime with the thresholds of certificates.
func (l lifetime) judge(t Thresholds, now time.Time) (Code, Severity) {
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
