package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"cert-health/internal/alert"
)

// Printable makes text from a certificate or a file name safe for a terminal. It escapes
// characters that could move the cursor or change the direction of reading.
func Printable(text string) string {
	if strings.IndexFunc(text, unsafe) < 0 && utf8.ValidString(text) {
		return text
	}
	var clean strings.Builder
	for _, r := range text {
		if unsafe(r) {
			for _, unit := range utf16.Encode([]rune{r}) { // as in JSON
				fmt.Fprintf(&clean, "\\u%04x", unit)
			}
			continue
		}
		clean.WriteRune(r)
	}
	return clean.String()
}

func unsafe(r rune) bool { return !unicode.IsPrint(r) }

// maxText is the largest size of one text, in bytes. Names that others choose can be longer.
const maxText = 2000

// Short cuts text that is longer than honest text is.
func Short(text string) string { return alert.Cut(text, maxText) }
