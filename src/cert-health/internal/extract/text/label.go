package text

import (
	"bytes"
	"strings"
)

// maxName is the length of the longest name that is read.
const maxName = 64

// behind goes backwards over a text.
type behind struct {
	text []byte
	pos  int // offset behind the next byte
}

func (b *behind) last() byte {
	if b.pos == 0 {
		return 0
	}
	return b.text[b.pos-1]
}

// skip goes over all that is in the set, and tells whether that was anything.
func (b *behind) skip(set string) bool {
	from := b.pos
	for b.pos > 0 && strings.IndexByte(set, b.text[b.pos-1]) >= 0 {
		b.pos--
	}
	return b.pos < from
}

// blanks goes over white space, quotes and their escapes.
func (b *behind) blanks() {
	for {
		switch {
		case b.skip(" \t\r\n\"'\\$"):
		case b.pos > 1 && (b.last() == 'n' || b.last() == 'r') && b.text[b.pos-2] == '\\':
			b.pos -= 2
		default:
			return
		}
	}
}

// indicator goes over what announces a block of YAML: |, >-, |2+.
func (b *behind) indicator() {
	from := b.pos
	b.skip("+-0123456789")
	if from-b.pos > 2 || !b.skip("|>") {
		b.pos = from
		return
	}
	b.skip(" \t")
}

// name reads a name, dashes before it included.
func (b *behind) name() []byte {
	end := b.pos
	for b.pos > 0 && end-b.pos <= maxName && nameByte(b.text[b.pos-1]) {
		b.pos--
	}
	if end-b.pos > maxName {
		return nil
	}
	return b.text[b.pos:end]
}

func nameByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || strings.IndexByte("_-./", b) >= 0
}

// nameOf reads the name under which the value stands that begins at start, in JSON,
// YAML, an environment or whatever looks like these, and its offset; empty if none.
func nameOf(text []byte, start int) (name []byte, at int) {
	b := behind{text, start}
	b.blanks()
	b.indicator()
	if !b.skip(":=") {
		return nil, 0
	}
	b.skip(" \t\"'\\")
	name = b.name()
	return bytes.TrimLeft(name, "-./"), b.pos
}
