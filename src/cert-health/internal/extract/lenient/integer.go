package lenient

import "math/big"

// integer decodes an INTEGER in two's complement, however it is padded.
func (e element) integer() *big.Int {
	number := new(big.Int).SetBytes(e.contents)
	if e.negative() {
		number.Sub(number, new(big.Int).Lsh(big.NewInt(1), 8*uint(len(e.contents))))
	}
	return number
}

func (e element) negative() bool { return len(e.contents) > 0 && e.contents[0] >= 0x80 }

// padded tells whether an INTEGER has more bytes than it needs.
func (e element) padded() bool {
	c := e.contents
	return len(c) > 1 && (c[0] == 0 && c[1] < 0x80 || c[0] == 0xff && c[1] >= 0x80)
}
