package knowledge

import (
	"strings"
	"time"
)

// form is how a stack writes the dates of certificates.
type form struct {
	layout  string
	letters string // all characters that such a time has, besides digits
	fields  int    // words of the time
}

// forms are those of Go and Node, of OpenSSL, of Java, and of logs.
func forms() [5]form {
	return [...]form{
		{time.RFC3339, "TZ:+-.", 1},
		{"Jan _2 15:04:05 2006 MST", "", 5},
		{"Mon Jan _2 15:04:05 MST 2006", "", 6},
		{"2006-01-02 15:04:05 -0700 MST", "", 4},
		{"2006-01-02 15:04:05 MST", "", 3},
	}
}

// readTime reads the time with which text begins: how many bytes it takes, -1 if there is none. The time is
// zero if its zone is neither UTC nor a number.
func readTime(text string) (int, time.Time) {
	for _, f := range forms() {
		length := f.length(text)
		if length <= 0 {
			continue
		}
		parsed, err := time.Parse(f.layout, strings.Join(strings.Fields(text[:length]), " "))
		if err != nil {
			continue
		}
		if zone, offset := parsed.Zone(); zone != "" && zone != "UTC" && zone != "GMT" && offset == 0 {
			return length, time.Time{} // the zone's distance from UTC is not known
		}
		return length, parsed.UTC()
	}
	return -1, time.Time{}
}

// length is how many bytes a time of this form takes.
func (f form) length(text string) int {
	if f.letters != "" {
		length := len(text) - len(strings.TrimLeft(text, "0123456789"+f.letters))
		return len(strings.TrimRight(text[:length], f.letters[2:])) // what stands behind a sentence
	}
	at := 0
	for range f.fields {
		for at < len(text) && text[at] == ' ' {
			at++
		}
		begin := at
		for at < len(text) && (text[at] == ':' || text[at] == '-' || text[at] == '+' || alphanumeric(text[at])) {
			at++
		}
		if at == begin {
			return -1
		}
	}
	return at
}

func alphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}
