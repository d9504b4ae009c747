package client

import (
	"encoding/hex"
	"unicode/utf16"
	"unicode/utf8"
)

// quote encodes text as a string of JSON. encoding/json needs a string, which cannot be wiped.
func quote(text []byte) []byte {
	const digits = "0123456789abcdef"
	quoted := append(make([]byte, 0, 6*len(text)+2), '"') // it never moves and leaves a copy behind
	for _, b := range text {
		switch {
		case b == '"', b == '\\':
			quoted = append(quoted, '\\', b)
		case b == '\n':
			quoted = append(quoted, '\\', 'n')
		case b < ' ':
			quoted = append(quoted, '\\', 'u', '0', '0', digits[b>>4], digits[b&15])
		default:
			quoted = append(quoted, b)
		}
	}
	return append(quoted, '"')
}

// escapes are the characters behind a backslash, without u.
const (
	escapes   = `"\/bfnrt`
	unescaped = "\"\\/\b\f\n\r\t"
)

// unquote decodes a string of JSON that encoding/json has accepted. It returns nil for any other value.
func unquote(quoted []byte) []byte {
	if len(quoted) < 2 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
		return nil
	}
	quoted = quoted[1 : len(quoted)-1]
	text := make([]byte, 0, len(quoted))
	for i := 0; i < len(quoted); {
		if quoted[i] != '\\' || i+1 == len(quoted) {
			text = append(text, quoted[i])
			i++
			continue
		}
		if quoted[i+1] == 'u' {
			r, length := unquoteRune(quoted[i:])
			text = utf8.AppendRune(text, r)
			i += length
			continue
		}
		for at := range len(escapes) {
			if escapes[at] == quoted[i+1] {
				text = append(text, unescaped[at])
			}
		}
		i += 2
	}
	return text
}

// unquoteRune decodes a character written as \uXXXX, or as two of them.
func unquoteRune(text []byte) (r rune, length int) {
	const one = len(`\uXXXX`)
	r = unit(text)
	if utf16.IsSurrogate(r) {
		if both := utf16.DecodeRune(r, unit(text[min(one, len(text)):])); both != utf8.RuneError {
			return both, 2 * one
		}
		r = utf8.RuneError
	}
	return r, min(one, len(text))
}

func unit(text []byte) rune {
	var two [2]byte
	if len(text) < 6 || text[1] != 'u' {
		return utf8.RuneError
	}
	if _, err := hex.Decode(two[:], text[2:6]); err != nil {
		return utf8.RuneError
	}
	return rune(two[0])<<8 | rune(two[1])
}
