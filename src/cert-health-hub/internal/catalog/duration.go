package catalog

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

const day = 24 * time.Hour

// unit is one unit of durations.
type unit struct {
	letter byte
	size   time.Duration
}

// units are all units, the largest first.
func units() [6]unit {
	return [...]unit{{'y', 365 * day}, {'w', 7 * day}, {'d', day}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}
}

// maxDuration bounds a duration: a century.
const maxDuration = 100 * 365 * day

var errDuration = errors.New("it is not a valid duration: write 90s, 24h, 30d or 1y")

// ParseDuration reads a duration such as 90s, 45m, 24h, 30d, 2w, 1y or 1y30d.
func ParseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if text == "" || len(text) > 40 {
		return 0, errDuration
	}
	total, number, digits := time.Duration(0), time.Duration(0), 0
	for i := range len(text) {
		if c := text[i]; c >= '0' && c <= '9' {
			number, digits = number*10+time.Duration(c-'0'), digits+1
			if digits > 12 {
				return 0, errDuration
			}
			continue
		}
		size := sizeOf(text[i])
		if size == 0 || digits == 0 || number > maxDuration/size {
			return 0, errDuration
		}
		if total += number * size; total > maxDuration {
			return 0, errDuration
		}
		number, digits = 0, 0
	}
	if digits > 0 {
		return 0, errDuration
	}
	return total, nil
}

func sizeOf(letter byte) time.Duration {
	for _, u := range units() {
		if u.letter == letter {
			return u.size
		}
	}
	return 0
}

// FormatDuration writes a duration so that ParseDuration reads it, to the second.
func FormatDuration(d time.Duration) string {
	if d < time.Second {
		return "0s"
	}
	var text strings.Builder
	for _, u := range units() {
		if u.letter == 'w' {
			continue // people count days
		}
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&text, "%d%c", n, u.letter)
			d -= n * u.size
		}
	}
	return text.String()
}
