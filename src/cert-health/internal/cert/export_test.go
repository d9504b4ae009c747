package cert

import "bytes"

// PEM finds the armoured certificates of a text and nothing else, so that their
// parser is fuzzed without the one of base64.
func (p *Parser) PEM(text []byte) Result {
	lines := lineCounter{text: text}
	s := textScan{parser: p, text: text, place: lines.at, noBase64: true}
	s.search()
	return s.result
}

// Digest is what becomes of the encoding of a private key.
func Digest(der []byte) (KeyDigest, bool) { return new(keyRoom).digest(der) }

// Soil fills the place where private keys are decoded, so that wiping it can be seen.
func (p *Parser) Soil() {
	p.room = new(keyRoom)
	for _, part := range [][]byte{p.room.text[:], p.room.der[:], p.room.scalar[:]} {
		copy(part, bytes.Repeat([]byte{0xaa}, len(part)))
	}
}

// Clean tells whether nothing is left there.
func (p *Parser) Clean() bool { return p.room == nil || *p.room == keyRoom{} }

// Buffers are all other memory that the parser keeps from call to call.
func (p *Parser) Buffers() [][]byte {
	return [][]byte{p.body[:cap(p.body)], p.der[:cap(p.der)], p.text[:cap(p.text)]}
}
