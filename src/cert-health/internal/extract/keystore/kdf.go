package keystore

import (
	"crypto/pbkdf2"
	"hash"
	"unicode/utf16"
	"unicode/utf8"

	"cert-health/internal/secret"
)

// What a derivation of RFC 7292 makes, by its number there.
const (
	purposeKey = 1
	purposeIV  = 2
	purposeMAC = 3
)

// stretch is how a password becomes a key: all but the password.
type stretch struct {
	hash       func() hash.Hash
	salt       []byte
	iterations int
}

// rounds is what deriving so many octets costs, in iterations.
func (s stretch) rounds(octets int) int {
	size := s.hash().Size()
	return saturate(s.iterations, (octets+size-1)/size)
}

// saturate multiplies; what is too much for an int is beyond every limit anyway.
func saturate(iterations, blocks int) int {
	if iterations > MaxIterations {
		return MaxIterations + 1
	}
	return iterations * blocks
}

// pbkdf2 derives as RFC 8018 does, from the password in UTF-8.
func (s stretch) pbkdf2(password candidate, octets int) ([]byte, error) {
	return pbkdf2.Key(s.hash, password.password.Reveal(), s.salt, s.iterations, octets)
}

// pkcs12 derives as RFC 7292, B.2, does.
func (s stretch) pkcs12(password candidate, purpose byte, octets int) []byte {
	h := s.hash()
	unicode := password.bmp()
	defer clear(unicode)
	block := h.BlockSize()
	diversifier := make([]byte, block)
	for i := range diversifier {
		diversifier[i] = purpose
	}
	input := append(repeated(s.salt, block), repeated(unicode, block)...)
	defer clear(input)

	key := make([]byte, 0, octets+h.Size())
	for sum := make([]byte, 0, h.Size()); len(key) < octets; {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		sum = h.Sum(sum[:0])
		for range s.iterations - 1 {
			h.Reset()
			h.Write(sum)
			sum = h.Sum(sum[:0])
		}
		key = append(key, sum...)
		addToEach(input, repeated(sum, block))
	}
	return key[:octets]
}

// repeated is the pattern, over and over, up to the next multiple of size.
func repeated(pattern []byte, size int) []byte {
	all := make([]byte, (len(pattern)+size-1)/size*size)
	for i := range all {
		all[i] = pattern[i%len(pattern)]
	}
	return all
}

// addToEach adds addend and one to each block of numbers, as numbers of the block's
// size that wrap around.
func addToEach(numbers, addend []byte) {
	for ; len(numbers) > 0; numbers = numbers[len(addend):] {
		carry := 1
		for i := len(addend) - 1; i >= 0; i-- {
			carry += int(numbers[i]) + int(addend[i])
			numbers[i] = byte(carry)
			carry >>= 8
		}
	}
}

// candidate is a password as it is tried: the empty one in both ways of writing it.
type candidate struct {
	password secret.Value
	bare     bool // without even the zero that ends every other password
}

// bmp is the password as RFC 7292 wants it: UTF-16 with a zero at its end. What is no
// UTF-8 is taken for Latin-1, as OpenSSL does.
func (c candidate) bmp() []byte {
	if c.bare {
		return nil
	}
	units := make([]uint16, 0, len(c.password.Reveal())+1)
	if utf8.ValidString(c.password.Reveal()) {
		units = append(units, utf16.Encode([]rune(c.password.Reveal()))...)
	} else {
		for _, b := range []byte(c.password.Reveal()) {
			units = append(units, uint16(b))
		}
	}
	encoded := make([]byte, 0, 2*len(units)+2)
	for _, unit := range append(units, 0) {
		encoded = append(encoded, byte(unit>>8), byte(unit))
	}
	return encoded
}
