package explain

import (
	"strconv"
	"strings"
	"time"
)

// headLength is where in a line its time is searched for.
const headLength = 300

// moment is the time of a line, as logs begin their lines; zero if none is recognised. A time without a zone is UTC,
// as on every VM of BOSH.
func moment(line string) time.Time {
	head := line[:min(len(line), headLength)]
	for i := 0; i+19 <= len(head); i++ {
		if head[i] != '2' && head[i] != '1' || i > 0 && isDigit(head[i-1]) {
			continue
		}
		if t, ok := fullTime(head[i:]); ok {
			return t
		}
	}
	if t, ok := epoch(head); ok {
		return t
	}
	return time.Time{}
}

// fullTime reads 2026-11-27T04:00:00.123Z and the like: with a space or slashes, with a fraction, with a zone.
func fullTime(text string) (time.Time, bool) {
	sep := text[4]
	if sep != '-' && sep != '/' || text[7] != sep || text[10] != 'T' && text[10] != ' ' || text[13] != ':' || text[16] != ':' {
		return time.Time{}, false
	}
	t, err := time.Parse("2006-01-02 15:04:05", text[0:4]+"-"+text[5:7]+"-"+text[8:10]+" "+text[11:19])
	if err != nil {
		return time.Time{}, false
	}
	rest := strings.TrimLeft(text[19:], ".,0123456789")
	for _, layout := range []string{"-07:00", "-0700"} {
		if len(rest) >= len(layout) {
			if zone, err := time.Parse(layout, rest[:len(layout)]); err == nil {
				_, offset := zone.Zone()
				return t.Add(-time.Duration(offset) * time.Second), true
			}
		}
	}
	return t, true
}

// epoch reads the seconds that lager writes: "timestamp":"1562970361.123456001".
func epoch(head string) (time.Time, bool) {
	_, behind, found := strings.Cut(head, `"timestamp":`)
	if !found {
		return time.Time{}, false
	}
	behind = strings.TrimLeft(behind, ` "`)
	digits := behind[:len(behind)-len(strings.TrimLeft(behind, "0123456789"))]
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || len(digits) < 9 {
		return time.Time{}, false
	}
	if len(digits) > 10 { // milliseconds or less
		seconds, err = strconv.ParseInt(digits[:10], 10, 64)
	}
	return time.Unix(seconds, 0).UTC(), err == nil
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
