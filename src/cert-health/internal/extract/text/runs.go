package text

import (
	"bytes"
	"strconv"
)

// runs walks over base64 as people and programs write it into files: in lines, indented, on
// one line between spaces, or in a string whose line breaks are escaped once or several times:
// by backslashes, as in a URL, or as in XML.
// It skips white space and escapes of it. Any other byte ends the walk.
type runs struct {
	data []byte
	pos  int // of the next byte; after the walk, of the byte that ended it

	escaped bool // there was an escaped line break
	broken  bool // there was a line break of any kind
	literal [1]byte
}

// next returns the next run of base64 characters and its offset, or nil at the end. The run
// is valid until the following call.
func (r *runs) next() (run []byte, offset int) {
	for r.pos < len(r.data) {
		b := r.data[r.pos]
		switch {
		case isBase64(b):
			start := r.pos
			for r.pos < len(r.data) && isBase64(r.data[r.pos]) {
				r.pos++
			}
			return r.data[start:r.pos], start
		case b == '\n' || b == '\r':
			r.broken = true
			r.pos++
		case b == ' ' || b == '\t':
			r.pos++
		case b == '\\':
			start := r.pos
			decoded, ok := r.escape()
			if !ok {
				return nil, start
			}
			if isBase64(decoded) {
				r.literal[0] = decoded
				return r.literal[:], start
			}
		case b == '%' || b == '&':
			start := r.pos
			decoded, ok := r.reference()
			if !ok {
				return nil, start
			}
			if isBase64(decoded) {
				r.literal[0] = decoded
				return r.literal[:], start
			}
		default:
			return nil, r.pos
		}
	}
	return nil, r.pos
}

// escape reads one escape sequence of JSON, YAML or a shell, with any number of backslashes:
// a document in a string of another document doubles them. The position moves only if the
// sequence can be a part of base64.
func (r *runs) escape() (decoded byte, ok bool) {
	at := r.pos
	for at < len(r.data) && r.data[at] == '\\' {
		at++
	}
	if at == len(r.data) {
		return 0, false
	}
	switch b := r.data[at]; b {
	case 'n', 'r':
		r.broken, r.escaped = true, true
		r.pos = at + 1
		return '\n', true
	case '\n', '\r': // a string continued on the next line
		r.pos = at + 1
		return '\n', true
	case 't', ' ':
		r.pos = at + 1
		return ' ', true
	case '/', '=', '+': // = by java.util.Properties
		r.pos = at + 1
		return b, true
	case 'u':
		return r.number(at+1, 4)
	case 'x':
		return r.number(at+1, 2)
	}
	return 0, false
}

// reference reads one character of a URL (%2B, also %252B) or of XML (&#10;, &#x2B;). The position
// moves only if the character can be a part of base64.
func (r *runs) reference() (decoded byte, ok bool) {
	rest := r.data[r.pos:]
	if rest[0] == '%' {
		at := r.pos + 1
		for bytes.HasPrefix(r.data[at:], []byte("25")) {
			at += 2
		}
		return r.number(at, 2)
	}
	before, _, closed := bytes.Cut(rest[:min(len(rest), maxReference)], []byte(";"))
	digits, numeric := bytes.CutPrefix(before, []byte("&#"))
	if !closed || !numeric {
		return 0, false
	}
	base := 10
	if len(digits) > 0 && (digits[0] == 'x' || digits[0] == 'X') {
		digits, base = digits[1:], 16
	}
	return r.character(digits, base, r.pos+len(before)+1)
}

// maxReference is the length of the longest character reference of XML that is read.
const maxReference = 10

// number reads a character that is given by its hexadecimal number. Encoders that care for
// HTML write = and + like this.
func (r *runs) number(at, digits int) (byte, bool) {
	if at+digits > len(r.data) {
		return 0, false
	}
	return r.character(r.data[at:at+digits], 16, at+digits)
}

// character reads the number of a character, and moves to the offset after it.
func (r *runs) character(digits []byte, base, after int) (byte, bool) {
	value, err := strconv.ParseUint(string(digits), base, 16)
	if err != nil || value > 0x7f {
		return 0, false
	}
	b := byte(value)
	switch {
	case b == '\n' || b == '\r':
		r.broken, r.escaped = true, true
	case !isBase64(b) && b != ' ' && b != '\t':
		return 0, false
	}
	r.pos = after
	return b, true
}

// The base64 alphabet with padding, as sets of bits: the first for bytes below 64, the second
// for bytes from 64 to 127.
const (
	base64Low  = 1<<'+' | 1<<'/' | 0x3ff<<'0' | 1<<'='
	base64High = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64)
)

func isBase64(b byte) bool {
	if b < 64 {
		return uint64(base64Low)>>b&1 != 0
	}
	return b < 128 && uint64(base64High)>>(b-64)&1 != 0
}
