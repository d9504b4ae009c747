package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable makes a text from a certificate or a file's name safe for a
// terminal: what could move the cursor or turn the reading direction is written
// as an escape.
func Printable(text string) string {
	if strings.IndexFunc(text, hostile) < 0 && utf8.ValidString(text) {
		return text
	}
	var clean strings.Builder
	for _, r := range text {
		if hostile(r) {
			fmt.Fprintf(&clean, "\\u%04x", r)
			continue
		}
		clean.WriteRune(r)
	}
	return clean.String()
}

func hostile(r rune) bool { return !unicode.IsPrint(r) }
