package der

import (
	"bytes"
	"errors"
	"fmt"
)

// Tags of elements, by X.680, section 8.4. Constructed is a part of those of SEQUENCE, SET
// and Context0.
const (
	Integer         = 0x02
	BitString       = 0x03
	OctetString     = 0x04
	ObjectID        = 0x06
	UTCTime         = 0x17
	GeneralizedTime = 0x18
	BMPString       = 0x1e
	Sequence        = 0x30
	Set             = 0x31
	Context0        = 0xa0 // [0]; the following numbers are the further fields
	Implicit0       = 0x80 // [0] of a primitive type

	Constructed = 0x20
)

// Indefinite is the Length of an element that ends with an end mark.
const Indefinite = -1

// MaxNesting is how deep elements may be nested. The deepest encoding in use has 12 levels.
const MaxNesting = 32

var (
	// ErrDamaged means that an encoding ends early or is not valid.
	ErrDamaged = errors.New("it is damaged")

	// ErrLimit means that to read an encoding would cost too much.
	ErrLimit = errors.New("it is beyond a limit")
)

// Header is what an element begins with.
type Header struct {
	Tag    byte
	Size   int // of the header itself, in bytes
	Length int // of the contents, in bytes, or Indefinite
}

// ReadHeader reads the header at the start of data. Tags of more than one byte are not
// known. At most four bytes of length are taken, so that no sum overflows an int.
func ReadHeader(data []byte) (h Header, ok bool) {
	if len(data) < 2 || data[0]&0x1f == 0x1f {
		return Header{}, false
	}
	tag := data[0]
	switch short := data[1]; {
	case short < 0x80:
		return Header{tag, 2, int(short)}, true
	case short == 0x80:
		return Header{tag, 2, Indefinite}, tag&Constructed != 0
	}
	count := int(data[1] & 0x7f)
	if count > 4 || len(data) < 2+count {
		return Header{}, false
	}
	length := 0
	for _, b := range data[2 : 2+count] {
		length = length<<8 | int(b)
	}
	return Header{tag, 2 + count, length}, true
}

// distinguished tells whether the header is DER: the length is definite, and written in
// as few bytes as possible.
func (h Header) distinguished() bool {
	return h.Length != Indefinite && h.Size == 2+lengthBytes(h.Length)
}

// lengthBytes is how many bytes follow the first one of a length.
func lengthBytes(length int) int {
	if length < 0x80 {
		return 0
	}
	count := 0
	for ; length > 0; length >>= 8 {
		count++
	}
	return count
}

// Append appends an element to an encoding.
func Append(to []byte, tag byte, contents []byte) []byte {
	size := len(contents)
	count := lengthBytes(size)
	if count == 0 {
		to = append(to, tag, byte(size))
		return append(to, contents...)
	}
	to = append(to, tag, 0x80|byte(count))
	for shift := 8 * (count - 1); shift >= 0; shift -= 8 {
		to = append(to, byte(size>>shift))
	}
	return append(to, contents...)
}

// Within returns what follows the header of the element at the start of data, to the end
// of data. The element itself may be longer than data.
func Within(data []byte, tag byte) ([]byte, bool) {
	h, ok := ReadHeader(data)
	if !ok || h.Tag != tag {
		return nil, false
	}
	return data[h.Size:], true
}

// span is the length of the contents of an element of indefinite length, without the end
// mark.
func span(data []byte, depth int) (int, error) {
	if depth > MaxNesting {
		return 0, NestingError()
	}
	for at := 0; ; {
		if bytes.HasPrefix(data[at:], []byte{0, 0}) {
			return at, nil
		}
		h, ok := ReadHeader(data[at:])
		if ok && h.Length == Indefinite {
			inner, err := span(data[at+h.Size:], depth+1)
			if err != nil {
				return 0, err
			}
			h.Length = inner + 2
		}
		if !ok || h.Length > len(data)-at-h.Size {
			return 0, fmt.Errorf("%w: an element of it has no end", ErrDamaged)
		}
		at += h.Size + h.Length
	}
}

// NestingError says that an encoding is nested deeper than MaxNesting.
func NestingError() error {
	return fmt.Errorf("%w: it is nested deeper than %d levels", ErrLimit, MaxNesting)
}
