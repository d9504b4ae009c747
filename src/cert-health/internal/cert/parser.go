package cert

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
)

// maxDER bounds one certificate. The largest in the wild, with hundreds of
// names, has some 30 KB; beyond this limit somebody is playing.
const maxDER = 1 << 20

// Parser finds certificates. It keeps its buffers from call to call, and hands
// out one Certificate for all copies of it, however many files hold one. The
// zero value is ready. It is not safe for concurrent use.
type Parser struct {
	// Keys makes it look for Clues too, and read private keys to compute the
	// public half of each. Without it they are passed over.
	Keys bool
	// CRLs makes it look for revocation lists. Without it they are passed over.
	CRLs bool

	known map[Fingerprint]*Certificate
	body  []byte // base64 text of one certificate
	der   []byte
	text  []byte   // what a base64 value unwrapped to; wiped after use
	room  *keyRoom // wiped after use
	lines lineCounter
	scan  textScan
}

// Parse finds every certificate in data, whatever its form.
func (p *Parser) Parse(data []byte) Result {
	if LooksLikeDER(data) {
		return p.DER(data)
	}
	return p.Text(data)
}

// Text finds the certificates of a text: armoured ones and the base64 of such.
// Private keys in binary files are not looked for: nobody has them beside certificates.
func (p *Parser) Text(text []byte) Result {
	// Most texts hold nothing, and cost nothing this way.
	p.lines = lineCounter{text: text}
	p.scan = textScan{parser: p, text: text, place: p.lines.at}
	defer func() { p.lines, p.scan = lineCounter{}, textScan{} }()
	p.scan.search()
	if p.Keys {
		p.scan.result.Clues = p.scan.clues()
	}
	return p.scan.result
}

// add parses one certificate and puts it where it was found, or what is wrong with it,
// into result.
func (p *Parser) add(result *Result, der []byte, found Found) (ok bool) {
	certificate, err := p.Certificate(der)
	if err != nil {
		result.broken(found.Line, "it is not a certificate: "+err.Error())
		return false
	}
	found.Certificate = certificate
	result.Certificates = append(result.Certificates, found)
	return true
}

// Certificate reads one from DER: the same for all its copies.
func (p *Parser) Certificate(der []byte) (*Certificate, error) {
	if size, ok := sequenceSize(der); ok && size < len(der) {
		der = der[:size]
	}
	if len(der) > maxDER {
		return nil, errTooLarge
	}
	fingerprint := Fingerprint(sha256.Sum256(der))
	if known := p.known[fingerprint]; known != nil {
		return known, nil
	}
	parsed, err := ParseDER(der)
	if err != nil {
		return nil, err
	}
	if p.known == nil {
		p.known = map[Fingerprint]*Certificate{}
	}
	p.known[fingerprint] = parsed
	return parsed, nil
}

// decode turns base64 text, padded or not, into octets that stay valid until
// the next call.
func (p *Parser) decode(text []byte) ([]byte, error) {
	text = bytes.TrimRight(text, "=")
	size := base64.RawStdEncoding.DecodedLen(len(text))
	if cap(p.der) < size {
		p.der = make([]byte, size+size/4)
	}
	n, err := base64.RawStdEncoding.Decode(p.der[:size], text)
	return p.der[:n], err
}
