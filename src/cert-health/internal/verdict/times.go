package verdict

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// when writes a moment relative to now and absolute, in UTC.
func (j *judge) when(t time.Time) string {
	return fmt.Sprintf("%s (%s)", Relative(t, j.facts.Now), Stamp(t))
}

// since writes the beginning of a state, where it is known.
func since(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return " since " + Stamp(t)
}

// Stamp writes a moment for people, to the minute, in UTC.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// Relative writes the distance of t from now: "3 hours ago", "in 5 days", "now", "never".
func Relative(t, now time.Time) string {
	switch left := t.Sub(now); {
	case Endless(t):
		return "never"
	case left == math.MaxInt64: // a duration holds 292 years
		return "in " + plural(t.Year()-now.Year(), "year")
	case left == math.MinInt64:
		return plural(now.Year()-t.Year(), "year") + " ago"
	case left.Abs() < time.Second:
		return "now"
	case left > 0:
		return "in " + span(left)
	default:
		return span(-left) + " ago"
	}
}

// Endless tells whether a certificate that ends at t never expires: RFC 5280 writes that as
// the last second of the year 9999.
func Endless(t time.Time) bool { return t.UTC().Year() >= 9999 }

// Passed tells whether a duration has passed since a time. It has if that time is in the future:
// the clock was set back, and it is not known how long ago that was.
func Passed(since, now time.Time, d time.Duration) bool {
	age := now.Sub(since)
	return age >= d || age < -clockStep
}

// clockStep is how far the clock may be set back without effect. A time service does that, and a
// snapshot may be a little older than the alert that was sent while it waited.
const clockStep = time.Minute

// span rounds a duration down to the unit that people would use.
func span(d time.Duration) string {
	switch {
	case d >= 2*365*day:
		return plural(int(d/(365*day)), "year")
	case d >= 2*day:
		return plural(int(d/day), "day")
	case d >= 2*time.Hour:
		return plural(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return plural(int(d/time.Minute), "minute")
	}
	return plural(int(d/time.Second), "second")
}

func plural(n int, unit string) string {
	switch {
	case n == 1:
	case strings.HasSuffix(unit, "s"):
		unit += "es"
	default:
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}
