package text

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"

	"cert-health/internal/cert"
)

// alphabet is a way in which text holds the bytes of a value without a BEGIN line. So many bytes
// are so many characters.
type alphabet struct {
	name         string // in a reason
	form         cert.Form
	bytes, chars int
	// end returns the offset of the first character that ends a value, or -1.
	end    func(run []byte) int
	decode func(to, text []byte) (int, error)
	size   func(bytes int) int // in characters
}

// inBase64 is base64 without its padding.
func inBase64() alphabet {
	return alphabet{name: "base64", form: cert.DERBase64, bytes: 3, chars: 4,
		end:    func(run []byte) int { return bytes.IndexByte(run, '=') },
		decode: base64.RawStdEncoding.Decode, size: base64.RawStdEncoding.EncodedLen}
}

// inHex is hexadecimal, in either case.
func inHex() alphabet {
	return alphabet{name: "hexadecimal", form: cert.DERHex, bytes: 1, chars: 2,
		end: func(run []byte) int {
			return bytes.IndexFunc(run, func(r rune) bool { return r > 0x7f || !isHex(byte(r)) })
		},
		decode: hex.Decode, size: hex.EncodedLen}
}

func isHex(b byte) bool { return b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'f' }

// look returns the characters that hold so many bytes from an offset on: the first one, and the
// offset after the last one. The first ones of the bytes that they hold may be before the offset.
func (a alphabet) look(at, count int) (first, after int) {
	first = at / a.bytes * a.chars
	return first, first + a.size(at%a.bytes+count)
}
