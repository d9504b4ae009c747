package text

import (
	"bytes"
	"strings"
)

// maxName is the length of the longest name that is read.
const maxName = 64

// backwards reads a text backwards.
type backwards struct {
	text []byte
	pos  int // offset after the next byte
}

func (b *backwards) last() byte {
	if b.pos == 0 {
		return 0
	}
	return b.text[b.pos-1]
}

// skip skips all bytes in the set, and tells whether there were any.
func (b *backwards) skip(set string) bool {
	from := b.pos
	for b.pos > 0 && strings.IndexByte(set, b.text[b.pos-1]) >= 0 {
		b.pos--
	}
	return b.pos < from
}

// blanks skips white space, quotes and their escapes.
func (b *backwards) blanks() {
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

// indicator skips what starts a block of YAML: |, >-, |2+.
func (b *backwards) indicator() {
	from := b.pos
	b.skip("+-0123456789")
	if from-b.pos > 2 || !b.skip("|>") {
		b.pos = from
		return
	}
	b.skip(" \t")
}

// name reads a name, including dashes before it.
func (b *backwards) name() []byte {
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

// nameOf reads the name of the value that begins at start, in JSON, YAML, an environment or
// anything similar, and the offset of the name. The name is empty if there is none.
func nameOf(text []byte, start int) (name []byte, at int) {
	b := backwards{text, start}
	b.blanks()
	b.indicator()
	if !b.skip(":=") {
		return nil, 0
	}
	b.skip(" \t\"'\\")
	name = b.name()
	return bytes.TrimLeft(name, "-./"), b.pos
}
