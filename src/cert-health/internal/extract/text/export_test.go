package text

import (
	"bytes"

	"cert-health/internal/extract/found"
	"cert-health/internal/publickey"
)

// PEM finds the armoured certificates of a text and nothing else, so that their
// parser is fuzzed without the one of base64.
func (p *Parser) PEM(text []byte) (found.Result, []Encoded) {
	lines := lineCounter{text: text}
	s := textScan{parser: p, text: text, place: lines.at, depth: maxDepth}
	s.search()
	return s.result, s.encoded
}

// Soil fills the workspace for private keys, so that a missing wipe is noticed.
func (p *Parser) Soil() {
	p.room = new(publickey.Workspace)
	copy(p.room.Base64[:], bytes.Repeat([]byte{0xaa}, len(p.room.Base64)))
}

// Clean tells whether the workspace is wiped.
func (p *Parser) Clean() bool { return p.room == nil || *p.room == publickey.Workspace{} }

// Buffers are all other memory that the parser keeps from call to call.
func (p *Parser) Buffers() [][]byte {
	return [][]byte{p.body[:cap(p.body)], p.der[:cap(p.der)], p.text[0][:cap(p.text[0])], p.text[1][:cap(p.text[1])]}
}
