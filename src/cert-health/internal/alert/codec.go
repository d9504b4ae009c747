package alert

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The fields of an item contain names that others choose. No field contains a mark, the text that
// ends it: where it would, a backslash stands before the mark's second character. A character
// that does not print is written as its number, \u{1b}, and a byte that is not UTF-8 as \x{ff}.

// The marks.
const (
	nameEnd     = " ["
	placeEnd    = ": "
	messageEnd  = " -> "
	fingerprint = "] at " // behind a fixed number of digits
	separator   = " | "   // between items
)

// behindBackslash are the second characters of the marks, and the backslash itself.
const behindBackslash = `\[ -|`

// escape writes a field that a mark ends in at most size bytes. An ellipsis stands for the rest of
// a longer one.
func escape(text, mark string, size int) string {
	marks := []string{separator}
	if mark != "" {
		marks = append(marks, mark)
	}
	padded := " " + text + " " // the marks around a field have spaces
	var field strings.Builder
	fits := 0 // the length that leaves room for an ellipsis
	for i := 0; i < len(text); {
		r, width := utf8.DecodeRuneInString(text[i:])
		part := text[i : i+width]
		switch {
		case r == utf8.RuneError && width == 1:
			part = fmt.Sprintf(`\x{%02x}`, text[i])
		case !unicode.IsPrint(r):
			part = fmt.Sprintf(`\u{%x}`, r)
		case r == '\\', slices.ContainsFunc(marks, func(m string) bool { return strings.HasPrefix(padded[i:], m) }),
			r == ' ' && (i == 0 || i+width == len(text)): // readers trim text
			part = `\` + part
		}
		if field.Len()+len(part) > size {
			return field.String()[:fits] + "…"
		}
		field.WriteString(part)
		if field.Len() <= size-len("…") {
			fits = field.Len()
		}
		i += width
	}
	return field.String()
}

// unescape is the reverse of escape. Agents of older releases write a backslash as it is: one that
// begins no escape stays.
func unescape(field string) string {
	var text strings.Builder
	for {
		plain, rest, found := strings.Cut(field, `\`)
		text.WriteString(plain)
		if !found {
			return text.String()
		}
		decoded, length := unescaped(rest)
		text.WriteString(decoded)
		field = rest[length:]
	}
}

// unescaped reads what follows a backslash, and returns how many bytes that is.
func unescaped(rest string) (text string, length int) {
	if rest != "" && strings.IndexByte(behindBackslash, rest[0]) >= 0 {
		return rest[:1], 1
	}
	inner, _, closed := strings.Cut(rest, "}")
	kind, digits, opened := strings.Cut(inner, "{")
	number, err := strconv.ParseUint(digits, 16, 32)
	if !closed || !opened || err != nil {
		return `\`, 0
	}
	length = len(inner) + 1
	switch {
	case kind == "u" && number <= unicode.MaxRune && utf8.ValidRune(rune(number)):
		return string(rune(number)), length
	case kind == "x" && number <= 0xff:
		return string([]byte{byte(number)}), length
	}
	return `\`, 0
}

// The largest sizes of an item's fields as they are written, in bytes. maxMessage bounds all fields
// up to the message.
const (
	maxName    = 120
	maxPlace   = 160
	maxMessage = 500
	maxNext    = 190
)

// String is the text of the item. ParseItem reads it.
func (i Item) String() string {
	text := escape(i.Name, nameEnd, maxName) + nameEnd + i.Fingerprint + fingerprint + escape(i.Place, placeEnd, maxPlace) + placeEnd
	return text + escape(i.Message, messageEnd, maxMessage-len(text)) + messageEnd + escape(i.Next, "", maxNext)
}

// ParseItem reads the text of an item. It returns false for any other text.
func ParseItem(text string) (item Item, ok bool) {
	name, rest, named := strings.Cut(text, nameEnd)
	if !named || len(rest) < FingerprintDigits || !IsFingerprint(rest[:FingerprintDigits]) || !strings.HasPrefix(rest[FingerprintDigits:], fingerprint) {
		return Item{}, false
	}
	item.Fingerprint = rest[:FingerprintDigits]
	place, rest, placed := strings.Cut(rest[FingerprintDigits+len(fingerprint):], placeEnd)
	message, next, complete := strings.Cut(rest, messageEnd)
	item.Name, item.Place, item.Message, item.Next = unescape(name), unescape(place), unescape(message), unescape(next)
	return item, placed && complete
}

// IsFingerprint tells whether text has the form of a fingerprint in an alert.
func IsFingerprint(text string) bool {
	return len(text) == FingerprintDigits && strings.Trim(text, "0123456789abcdef") == ""
}
