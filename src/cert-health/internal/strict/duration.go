package strict

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// maxDays is what a time.Duration holds, rounded down.
const maxDays = 100_000

// parseDuration reads a duration as Go writes it, or one in days: 90m, 24h, 30d. It is not
// ok for anything else, and for a negative one.
func parseDuration(text string) (parsed time.Duration, ok bool) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err == nil && n >= 0 && n < maxDays
	}
	parsed, err := time.ParseDuration(text)
	return parsed, err == nil && parsed >= 0
}

// Date is the last day of something, in UTC.
type Date struct{ End time.Time } // the moment at which the day ends; zero without a day

// UnmarshalText reads a day such as 2027-01-31.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return errors.New("it is not a valid date: write 2027-01-31")
	}
	d.End = parsed.AddDate(0, 0, 1)
	return nil
}
