package explain

import (
	"strconv"
	"strings"
)

// plain undoes what logs do to the words of others: the escapes of JSON, however often they are encoded, and the
// colours of terminals. Words keep their order; line breaks and tabs become spaces.
func plain(line []byte) string {
	text := string(line)
	if strings.IndexByte(text, '\\') < 0 && strings.IndexByte(text, 0x1b) < 0 && strings.IndexByte(text, '\t') < 0 {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	for i := 0; i < len(text); {
		switch text[i] {
		case '\\':
			i += unescape(&out, text[i:])
		case 0x1b:
			i += escapeLength(text[i:])
		case '\t':
			out.WriteByte(' ')
			i++
		default:
			out.WriteByte(text[i])
			i++
		}
	}
	return out.String()
}

// unescape writes what the escape at the beginning of a text stands for, and returns its length.
func unescape(out *strings.Builder, text string) int {
	run := len(text) - len(strings.TrimLeft(text, `\`))
	if run == len(text) {
		return run
	}
	switch next := text[run]; next {
	case '"', '/', '\'':
		out.WriteByte(next)
		return run + 1
	case 'n', 't', 'r':
		out.WriteByte(' ')
		return run + 1
	case 'u':
		if len(text) >= run+5 {
			if code, err := strconv.ParseUint(text[run+1:run+5], 16, 16); err == nil {
				out.WriteRune(rune(code))
				return run + 5
			}
		}
	}
	out.WriteByte('\\')
	return run
}

// escapeLength is the length of a command to a terminal.
func escapeLength(text string) int {
	for i := 1; i < len(text) && i < 16; i++ {
		if b := text[i]; b >= '@' && b <= '~' && b != '[' {
			return i + 1
		}
	}
	return 1
}

// lower is the text in lower case, with the same length: only ASCII changes.
func lower(text string) string {
	out := []byte(text)
	for i, b := range out {
		if 'A' <= b && b <= 'Z' {
			out[i] = b + 'a' - 'A'
		}
	}
	return string(out)
}
