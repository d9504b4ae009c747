// Package duration reads a span of time as operators write it, in every
// configuration of this program alike.
package duration

import (
	"strconv"
	"strings"
	"time"
)

// maxDays keeps a number of days from overflowing what a time.Duration holds.
const maxDays = 100_000

// Parse reads a duration as Go writes it, or one in days: 90m, 24h, 30d. It is not
// ok for anything else, and for a negative one.
func Parse(text string) (parsed time.Duration, ok bool) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n < maxDays
	}
	parsed, err := time.ParseDuration(text)
	return parsed, err == nil && parsed >= 0
}
