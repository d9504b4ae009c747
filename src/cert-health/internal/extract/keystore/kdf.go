package keystore

import (
	"bytes"
	"crypto/hmac"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"cert-health/internal/secret"
)

// The purposes of a derivation, by their numbers in RFC 7292.
const (
	purposeKey = 1
	purposeIV  = 2
	purposeMAC = 3
)

// stretch holds the parameters of a key derivation.
type stretch struct {
	hash       func() hash.Hash
	salt       []byte
	iterations int
}

// rounds is the cost of deriving size bytes, in iterations.
func (s stretch) rounds(size int) int {
	block := s.hash().Size()
	return saturate(s.iterations, (size+block-1)/block)
}

// saturate multiplies. A product beyond MaxIterations is not computed, so that no int
// overflows.
func saturate(iterations, blocks int) int {
	if iterations > MaxIterations {
		return MaxIterations + 1
	}
	return iterations * blocks
}

// breath is the number of iterations after which a derivation looks whether it must end: a
// millisecond or less.
const breath = 1024

// repeat calls iterate for each iteration after the first one. It stops early when the attempt
// must end: then the key is wrong, and nothing else comes of it.
func (s stretch) repeat(password candidate, iterate func()) {
	for n := 1; n < s.iterations; n++ {
		if n%breath == 0 && password.ended() {
			return
		}
		iterate()
	}
}

// pbkdf2 derives size bytes by RFC 8018, from the password in UTF-8. crypto/pbkdf2 does the same,
// but cannot be stopped.
func (s stretch) pbkdf2(password candidate, size int) []byte {
	mac := hmac.New(s.hash, []byte(password.password.Reveal()))
	var key []byte
	for block := uint32(1); len(key) < size; block++ {
		mac.Reset()
		mac.Write(binary.BigEndian.AppendUint32(slices.Clip(s.salt), block))
		sum := mac.Sum(nil)
		part := bytes.Clone(sum)
		s.repeat(password, func() {
			mac.Reset()
			mac.Write(sum)
			sum = mac.Sum(sum[:0])
			subtle.XORBytes(part, part, sum)
		})
		key = append(key, part...)
	}
	return key[:size]
}

// pkcs12 derives size bytes by RFC 7292, B.2.
func (s stretch) pkcs12(password candidate, purpose byte, size int) []byte {
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

	key := make([]byte, 0, size+h.Size())
	for sum := make([]byte, 0, h.Size()); len(key) < size; {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		sum = h.Sum(sum[:0])
		s.repeat(password, func() {
			h.Reset()
			h.Write(sum)
			sum = h.Sum(sum[:0])
		})
		key = append(key, sum...)
		addToEach(input, repeated(sum, block))
	}
	return key[:size]
}

// repeated repeats the pattern up to the next multiple of size.
func repeated(pattern []byte, size int) []byte {
	all := make([]byte, (len(pattern)+size-1)/size*size)
	for i := range all {
		all[i] = pattern[i%len(pattern)]
	}
	return all
}

// addToEach adds addend and one to each block of numbers. The blocks are numbers that wrap
// around.
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

// candidate is a password to try. The empty password has two encodings.
type candidate struct {
	password secret.Value
	bare     bool        // without even the zero that ends every other password
	ended    func() bool // tells whether the attempt must end
}

// bmp is the password as in RFC 7292: UTF-16 with a final zero. A password that is not UTF-8
// is read as Latin-1, as OpenSSL does.
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
