package issue

import (
	"crypto/x509"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// span is how long a certificate is valid.
type span struct {
	whole    time.Duration // from its backdated begin; 0 if left is set
	left     time.Duration // from now
	fallback time.Time     // the end, if it is so far away that a duration cannot hold it
}

// spanOf is the span of an existing certificate, or the one that is asked for.
func spanOf(old *x509.Certificate, asked time.Duration) span {
	switch {
	case asked > 0:
		return span{left: asked}
	case old.NotAfter.Year() >= 9999: // it never ends, as RFC 5280 writes that
		return span{fallback: old.NotAfter}
	}
	return span{whole: old.NotAfter.Sub(old.NotBefore)}
}

// dates are the begin and the end of a new certificate. It begins a little earlier than now and never before its CA;
// it never ends after its CA.
func (by Signing) dates(s span) (begin, end time.Time, err error) {
	now := by.Now.UTC().Truncate(time.Second)
	begin = now.Add(-backdate)
	switch {
	case !s.fallback.IsZero():
		end = s.fallback
	case s.left > 0:
		end = now.Add(s.left)
	default:
		end = begin.Add(s.whole)
	}
	if by.CA != nil {
		if begin.Before(by.CA.NotBefore) {
			begin = by.CA.NotBefore
		}
		if end.After(by.CA.NotAfter) {
			end = by.CA.NotAfter
		}
	}
	if !end.After(now) {
		return begin, end, errors.New("the certificate would not be valid for any time: give it a longer lifetime")
	}
	return begin, end, nil
}

// Capped tells whether a new certificate ends earlier than it was to, because its CA ends then.
func Capped(made *x509.Certificate, by Signing) bool {
	return by.CA != nil && made.NotAfter.Equal(by.CA.NotAfter)
}

// lifetimes are the units of ParseLifetime, as safe has them.
var lifetimes = map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "m": 30 * 24 * time.Hour, "y": 365 * 24 * time.Hour}

// maxLifetime is the longest lifetime that ParseLifetime reads: a duration holds 292 years.
const maxLifetime = 200 * 365 * 24 * time.Hour

var lifetimeForm = regexp.MustCompile(`^([0-9]{1,7})([hdmy])$`)

// ParseLifetime reads a lifetime as safe writes it: a number with h, d, m (30 days) or y (365 days).
func ParseLifetime(text string) (time.Duration, error) {
	parts := lifetimeForm.FindStringSubmatch(text)
	if parts != nil {
		number, err := strconv.Atoi(parts[1])
		unit := lifetimes[parts[2]]
		if err == nil && number > 0 && time.Duration(number) <= maxLifetime/unit {
			return time.Duration(number) * unit, nil
		}
	}
	return 0, fmt.Errorf("%q is not a lifetime of at most 200 years: write a number and h, d, m (30 days) or y (365 days), as in 90d or 2y", text)
}
