package web

import (
	"fmt"
	"strings"
	"time"
)

// day is what people count remaining lifetimes in.
const day = 24 * time.Hour

// span writes a duration as people say it, with one unit: "4 days".
func span(d time.Duration) string {
	switch d = max(d, -d); {
	case d < time.Minute:
		return "less than a minute"
	case d < time.Hour:
		return plural(int(d/time.Minute), "minute")
	case d < 2*day:
		return plural(int(d/time.Hour), "hour")
	case d < 2*365*day:
		return plural(int(d/day), "day")
	default:
		return plural(int(d/(365*day)), "year")
	}
}

// relative writes a time seen from now: "in 4 days", "4 days ago".
func relative(now, at time.Time) string {
	if at.After(now) {
		return "in " + span(at.Sub(now))
	}
	return span(now.Sub(at)) + " ago"
}

// brief writes a duration for a narrow column: "4 d".
func brief(d time.Duration) string {
	switch d = max(d, -d); {
	case d < time.Hour:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d < 2*day:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d < 2*365*day:
		return fmt.Sprintf("%d d", d/day)
	default:
		return fmt.Sprintf("%d y", d/(365*day))
	}
}

// capital ends a sentence of other packages with a full stop, and begins it with a capital letter unless it
// begins with a name.
func capital(sentence string) string {
	if sentence == "" {
		return ""
	}
	switch first, _, _ := strings.Cut(sentence, " "); first {
	case "no", "nothing", "the", "current", "each", "agents", "all":
		sentence = strings.ToUpper(sentence[:1]) + sentence[1:]
	}
	return strings.TrimSuffix(sentence, ".") + "."
}

// upper begins a sentence with a capital letter.
func upper(sentence string) string {
	if sentence == "" {
		return ""
	}
	return strings.ToUpper(sentence[:1]) + sentence[1:]
}

// plural counts a noun: "1 day", "20,000 certificates".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number writes a number with a comma before each three digits.
func number(n int) string {
	digits := fmt.Sprint(max(n, -n))
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n < 0 {
		return "-" + digits
	}
	return digits
}

// date writes the day of a time in UTC.
func date(at time.Time) string { return at.UTC().Format(time.DateOnly) }

// moment writes a time in UTC to the minute.
func moment(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// machine writes a time for programs.
func machine(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// that writes a number of nouns and what they do: "1 connection that works", "2 connections that work".
func that(n int, noun, one, many string) string {
	if n == 1 {
		return "1 " + noun + " " + one
	}
	return plural(n, noun) + " " + many
}
