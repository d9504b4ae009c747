package keystore

import (
	"bytes"
	"fmt"
)

// What an element begins with says what it is. Universal types go by X.680, section 8.4.
const (
	tagInteger         = 0x02
	tagOctets          = 0x04
	tagOID             = 0x06
	tagUTCTime         = 0x17
	tagGeneralizedTime = 0x18
	tagBMP             = 0x1e
	tagSequence        = 0x30
	tagSet             = 0x31
	tagField0          = 0xa0 // [0]; further ones follow
	tagPlain0          = 0x80 // [0] of a primitive

	constructed = 0x20
	indefinite  = -1
)

// header reads a tag and a length. At most four octets of length are taken, so that
// no sum overflows an int.
func header(data []byte) (tag byte, size, length int, ok bool) {
	if len(data) < 2 || data[0]&0x1f == 0x1f {
		return 0, 0, 0, false
	}
	tag = data[0]
	switch short := data[1]; {
	case short < 0x80:
		return tag, 2, int(short), true
	case short == 0x80:
		return tag, 2, indefinite, tag&constructed != 0
	}
	count := int(data[1] & 0x7f)
	if count > 4 || len(data) < 2+count {
		return 0, 0, 0, false
	}
	for _, b := range data[2 : 2+count] {
		length = length<<8 | int(b)
	}
	return tag, 2 + count, length, true
}

// span is the length of what an element of indefinite length encloses, without the
// mark at its end.
func span(data []byte, depth int) (int, error) {
	if depth > MaxNesting {
		return 0, errNesting()
	}
	for at := 0; ; {
		if bytes.HasPrefix(data[at:], []byte{0, 0}) {
			return at, nil
		}
		_, size, length, ok := header(data[at:])
		if ok && length == indefinite {
			inner, err := span(data[at+size:], depth+1)
			if err != nil {
				return 0, err
			}
			length = inner + 2
		}
		if !ok || length > len(data)-at-size {
			return 0, fmt.Errorf("%w: an element of it has no end", ErrDamaged)
		}
		at += size + length
	}
}

func errNesting() error {
	return fmt.Errorf("%w: it is nested deeper than %d levels", ErrLimit, MaxNesting)
}
