package lenient

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"cert-health/internal/der"
)

// ErrValidity means that the end of a certificate's validity cannot be read.
var ErrValidity = errors.New("the end of its validity is not a date")

// readValidity reads both dates. Without a beginning the certificate was always valid.
func (r *reader) readValidity() error {
	rest := r.validity.contents
	begin, _ := rest.next()
	end, _ := rest.next()
	var ok bool
	if r.x.NotBefore, ok = r.moment("beginning", begin); !ok {
		r.refuse(openSSL, "the beginning of its validity cannot be read: %s", quote(string(begin.contents)))
	}
	if r.x.NotAfter, ok = r.moment("end", end); !ok {
		return fmt.Errorf("%w: %s", ErrValidity, quote(string(end.contents)))
	}
	return nil
}

func (r *reader) moment(which string, e element) (moment time.Time, ok bool) {
	text := string(e.contents[:min(len(e.contents), maxQuote)])
	if moment, ok = strictTime(e.tag, text); ok {
		return moment, true
	}
	if moment, ok = looseTime(e.tag, text); ok {
		r.refuse(openSSL, "the %s of its validity has the form %s, which is not allowed", which, quote(text))
	}
	return moment, ok
}

// strictTime reads what crypto/x509 accepts.
func strictTime(tag byte, text string) (time.Time, bool) {
	formats := []string{"20060102150405Z0700"}
	if tag == der.UTCTime {
		formats = []string{"060102150405Z0700", "0601021504Z0700"}
	}
	for _, format := range formats {
		moment, err := time.Parse(format, text)
		if err != nil || moment.Format(format) != text || tag != der.UTCTime && tag != der.GeneralizedTime {
			continue
		}
		if tag == der.UTCTime && moment.Year() >= 2050 {
			moment = moment.AddDate(-100, 0, 0)
		}
		return moment, true
	}
	return time.Time{}, false
}

// looseTime reads times without seconds, with a fraction of a second, with a leap second,
// with or without a zone, and times of the other type than the tag says.
func looseTime(tag byte, text string) (time.Time, bool) {
	if tag != der.UTCTime && tag != der.GeneralizedTime {
		return time.Time{}, false
	}
	digits, rest := leadingDigits(strings.TrimSpace(text))
	if rest != "" && (rest[0] == '.' || rest[0] == ',') {
		_, rest = leadingDigits(rest[1:])
	}
	offset, ok := zone(rest)
	if !ok {
		return time.Time{}, false
	}
	// 12 digits are a GeneralizedTime without seconds or a UTCTime with them.
	long, short := tag == der.GeneralizedTime || len(digits) == 14, tag == der.UTCTime || len(digits) == 12
	if long {
		if moment, ok := calendar(digits, 4); ok {
			return moment.Add(-offset), true
		}
	}
	if short {
		if moment, ok := calendar(digits, 2); ok {
			return moment.Add(-offset), true
		}
	}
	return time.Time{}, false
}

func leadingDigits(text string) (digits, rest string) {
	rest = strings.TrimLeft(text, "0123456789")
	return text[:len(text)-len(rest)], rest
}

// zone reads the distance from UTC. A time without a zone is UTC.
func zone(text string) (time.Duration, bool) {
	switch {
	case text == "", text == "Z", text == "z":
		return 0, true
	case text[0] != '+' && text[0] != '-':
		return 0, false
	}
	digits, rest := leadingDigits(strings.Replace(text[1:], ":", "", 1))
	if rest != "" || len(digits) != 2 && len(digits) != 4 {
		return 0, false
	}
	hours, minutes := number(digits[:2]), number(digits[2:])
	if hours > 14 || minutes > 59 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if text[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// calendar reads a year, which has the given number of digits, month, day, hour and, if they are
// given, minute and second.
func calendar(digits string, year int) (time.Time, bool) {
	if size := len(digits) - year; size != 6 && size != 8 && size != 10 || size == 6 && year == 2 {
		return time.Time{}, false
	}
	y := number(digits[:year])
	var f [5]int // month, day, hour, minute, second
	for i, rest := 0, digits[year:]; rest != ""; i, rest = i+1, rest[2:] {
		f[i] = number(rest[:2])
	}
	if year == 2 {
		if y += 1900; y < 1950 {
			y += 100
		}
	}
	moment := time.Date(y, time.Month(f[0]), f[1], f[2], f[3], f[4], 0, time.UTC)
	whole := time.Date(y, time.Month(f[0]), f[1], 0, 0, 0, 0, time.UTC)
	ok := whole.Month() == time.Month(f[0]) && whole.Day() == f[1] && f[2] < 24 && f[3] < 60 && f[4] <= 60 // a leap second
	return moment, ok
}

// number reads decimal digits.
func number(digits string) (n int) {
	for _, digit := range digits {
		n = 10*n + int(digit-'0')
	}
	return n
}
