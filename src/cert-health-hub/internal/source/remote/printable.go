package remote

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrintable is the longest name, in bytes. CredHub's longest has 1024.
const maxPrintable = 1024

// Printable is a name of a server as it can be stored and shown: other characters than printable ones
// are escaped, because databases refuse some and terminals obey others.
func Printable(name string) string {
	var out strings.Builder
	for i, r := range name {
		if out.Len() >= maxPrintable {
			out.WriteString("...")
			break
		}
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(name[i:], string(utf8.RuneError)):
			fmt.Fprintf(&out, `\x%02x`, name[i])
		case !unicode.IsPrint(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
