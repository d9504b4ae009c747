package promtext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxValue is how many characters of a label's value are written. RFC 5280 allows names
// of at most 128; certificates of other people may have longer ones.
const maxValue = 256

// Render returns labels as they stand between the braces of a sample.
func Render(labels ...Label) []byte { return appendLabels(nil, labels) }

func appendLabels(to []byte, labels []Label) []byte {
	for _, l := range labels {
		if l.Value == "" {
			continue
		}
		if len(to) > 0 {
			to = append(to, ',')
		}
		to = append(to, l.Name...)
		to = append(to, '=', '"')
		to = appendValue(to, l.Value)
		to = append(to, '"')
	}
	return to
}

// appendValue escapes a value. Prometheus rejects a whole scrape for one byte that is not
// UTF-8, so those are replaced. Control characters and those that change the direction of
// text are written as \u001b: an operator may look at the metrics in a terminal.
func appendValue(to []byte, value string) []byte {
	n := 0
	for _, r := range strings.ToValidUTF8(value, string(utf8.RuneError)) {
		if n++; n > maxValue {
			return append(to, "…"...)
		}
		switch {
		case r == '\n':
			to = append(to, `\n`...)
		case r == '"' || r == '\\':
			to = append(to, '\\', byte(r))
		case r != utf8.RuneError && !unicode.IsPrint(r):
			to = fmt.Appendf(to, `\\u%04x`, r)
		default:
			to = utf8.AppendRune(to, r)
		}
	}
	return to
}
