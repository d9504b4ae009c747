package text

import (
	"bytes"
	"encoding/base64"

	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
	"cert-health/internal/publickey"
)

// Parser finds certificates in texts. It keeps its buffers from call to call. The zero
// value is ready. It is not safe for concurrent use.
type Parser struct {
	// Keys makes the parser look for Clues, too, and compute the public halves of private
	// keys. Without Keys, private keys are passed over unread.
	Keys bool
	// Names makes the parser read the names before certificates, without the other Clues.
	Names bool
	// CRLs makes the parser look for revocation lists. Without it they are passed over.
	CRLs bool
	// Recognise tells the kind of a binary value that is not a certificate, by its first bytes.
	// Without it, only certificates are found.
	Recognise func(head []byte) Kind
	// Certificates parses the certificates that were found.
	Certificates dercert.Reader

	body  []byte // base64 of one certificate
	der   []byte
	text  [maxDepth][]byte     // the contents of base64 values; wiped after use
	room  *publickey.Workspace // wiped after use
	lines lineCounter
	scan  textScan
}

// Encoded is a block, or a base64 value, that holds a revocation list, PKCS #7 or a key store.
// Package keystore reads it. It may contain private keys: the caller wipes it.
type Encoded struct {
	DER   []byte
	CRL   bool // its label announces a revocation list, or it begins like one
	Line  int  // where it begins, from 1
	Group int  // like that of found.Certificate
}

// Parse finds the certificates in text, and the blocks that another parser must read.
func (p *Parser) Parse(text []byte) (found.Result, []Encoded) {
	// Most texts hold nothing, and cost nothing this way.
	p.lines = lineCounter{text: text}
	p.scan = textScan{parser: p, text: text, place: p.lines.at}
	defer func() { p.lines, p.scan = lineCounter{}, textScan{} }()
	p.scan.search()
	switch {
	case p.Keys:
		p.scan.result.Clues = p.scan.clues()
	case p.Names:
		p.scan.result.Clues = p.scan.names()
	}
	return p.scan.result, p.scan.encoded
}

// Release drops the buffers, and the known certificates if there are many more than so many.
func (p *Parser) Release(certificates int) {
	for _, buffer := range [][]byte{p.body, p.der, p.text[0], p.text[1]} {
		clear(buffer[:cap(buffer)])
	}
	p.body, p.der, p.text = nil, nil, [maxDepth][]byte{}
	p.Certificates.Release(certificates)
}

// decode decodes base64, padded or not. The result is valid until the next call.
func (p *Parser) decode(text []byte) ([]byte, error) {
	return p.decoded(bytes.TrimRight(text, "="), base64.RawStdEncoding.Decode)
}

// decoded decodes text, which is longer than what it holds.
func (p *Parser) decoded(text []byte, decode func(to, text []byte) (int, error)) ([]byte, error) {
	size := base64.RawStdEncoding.DecodedLen(len(text))
	p.der = roomier(p.der[:0], size)
	n, err := decode(p.der[:size], text)
	return p.der[:n], err
}
