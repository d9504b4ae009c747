package terminal

import (
	"fmt"
	"math"
	"time"

	"cert-health/internal/verdict"
)

// short writes the distance of t from now in few characters: "2h ago", "364d", "never".
func short(t, now time.Time) string {
	switch left := t.Sub(now); {
	case verdict.Endless(t):
		return "never"
	case left == math.MaxInt64: // a duration holds 292 years
		return fmt.Sprintf("%dy", t.Year()-now.Year())
	case left == math.MinInt64:
		return fmt.Sprintf("%dy ago", now.Year()-t.Year())
	case left >= 0:
		return brief(left)
	default:
		return brief(-left) + " ago"
	}
}

func brief(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 10_000*day:
		return fmt.Sprintf("%dy", d/(365*day))
	case d >= 2*day:
		return fmt.Sprintf("%dd", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
