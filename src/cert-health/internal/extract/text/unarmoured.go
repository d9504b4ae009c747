package text

import (
	"bytes"
	"strings"

	"cert-health/internal/budget"
	"cert-health/internal/der"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/extract/found"
)

const (
	// firstLook is how many bytes of a value are decoded at first. A private key is refused
	// by them, before anything secret of it is decoded.
	firstLook = 12
	// closerLook is how many bytes are decoded to recognise what the value is. The names of
	// a certificate have room in them.
	closerLook = 768
)

// minCut is the number of characters of a value that is reported when it is cut off. A shorter
// one is an example.
const minCut = 24

// Kind is the kind of a binary value, by its first bytes.
type Kind int

// The kinds of binary values. There are no others.
const (
	Other Kind = iota
	Certificate
	Store // a key store or PKCS #7
	CRL
)

// kind recognises a binary value by its first bytes.
func (p *Parser) kind(head []byte) Kind {
	switch {
	case dercert.Recognise(head):
		return Certificate
	case p.Recognise != nil:
		return p.Recognise(head)
	}
	return Other
}

// derValue reads the base64 of DER, or of a key store, that begins at an offset.
func (s *textScan) derValue(start, to int) (end int) { return s.value(inBase64(), start, to) }

// hexValue reads the hexadecimal of DER that begins at an offset.
func (s *textScan) hexValue(start, to int) (end int) { return s.value(inHex(), start, to) }

// value reads a value without a BEGIN line.
func (s *textScan) value(in alphabet, start, to int) (end int) {
	v := unarmoured{alphabet: in, parser: s.parser, walk: runs{data: s.text[:to], pos: start}}
	defer v.wipe()
	if !v.promising() {
		return start
	}
	switch kind := s.parser.kind(v.look(0, closerLook)); kind {
	case Certificate:
		s.derCertificates(&v, start)
		return v.walk.pos
	case Store, CRL:
		s.derStore(&v, start, kind)
		return v.walk.pos
	}
	// What only begins like a certificate costs as much as one.
	s.parser.Certificates.Account.Spend(budget.Certificates, 1)
	return start
}

// derCertificates adds the certificates in a value: one, or several in a row.
func (s *textScan) derCertificates(v *unarmoured, start int) {
	s.enterValue(start)
	line := s.place(start)
	for at := 0; !s.parser.Certificates.Spent() && dercert.Recognise(v.look(at, closerLook)); {
		size := min(elementSize(v.look(at, closerLook)), dercert.MaxSize+1) // a larger one is refused
		encoded := v.look(at, size)
		if len(encoded) < size {
			if v.announced() {
				s.broken(line, "the "+v.name+" of a certificate is cut off: its end is missing")
			}
			break
		}
		s.parser.Certificates.Add(&s.result, encoded, found.Certificate{Line: line, Form: v.form, Group: s.run, Run: s.run})
		at += size
		v.last = v.after(start, at)
	}
	if v.last > 0 {
		v.walk.pos = v.last // look has read further, maybe into the next value
	}
	s.lastEnd = v.trim()
}

// derStore hands a key store, PKCS #7 or a revocation list on to another parser.
func (s *textScan) derStore(v *unarmoured, start int, kind Kind) {
	size := elementSize(v.look(0, closerLook))
	if kind == CRL && !s.parser.CRLs {
		v.walk.pos = v.after(start, size)
		return
	}
	want := min(size, maxEncoded+1) // a larger one is refused
	encoded := v.look(0, want)
	if len(encoded) < firstLook || size < 1<<30 && len(encoded) < want && !v.announced() {
		return
	}
	s.enterValue(start)
	s.hand(Encoded{DER: encoded, CRL: kind == CRL, Line: s.place(start), Group: s.run})
	if len(encoded) == size {
		v.walk.pos = v.after(start, size)
	}
	s.lastEnd = v.trim()
}

// enterValue begins the run of a value, unless the value before it is the previous item of the
// same list, as in `x5c` of JWKS.
func (s *textScan) enterValue(start int) {
	between := s.text[s.lastEnd:start]
	if s.listed && len(between) < 256 && len(bytes.Trim(between, "\"',= \t\r\n")) == 0 && bytes.IndexByte(between, ',') >= 0 {
		return
	}
	s.begin(start)
	s.listed = true
}

// elementSize is the size of the element that begins here. If the size is not known, it is larger
// than any value.
func elementSize(head []byte) int {
	if h, ok := der.ReadHeader(head); ok && h.Tag == der.Sequence && h.Length != der.Indefinite {
		return h.Size + h.Length
	}
	return 1 << 30
}

// unarmoured is a value without BEGIN and END. It is read as far as needed, into the buffer of
// the parser.
type unarmoured struct {
	alphabet
	parser *Parser
	walk   runs
	chars  []byte
	ended  bool
	last   int // offset after the latest certificate; 0 before the first
	// decoded is how much of the buffer for decoded bytes was used.
	decoded int
}

// fill reads until there are so many characters, or the value ends.
func (v *unarmoured) fill(count int) {
	if v.chars == nil {
		v.chars = v.parser.body[:0]
	}
	for len(v.chars) < count && !v.ended {
		run, offset := v.walk.next()
		if run == nil {
			v.ended = true
			break
		}
		if end := v.end(run); end >= 0 {
			run, v.ended = run[:end], true
			v.walk.pos = offset + end // another value may follow, as in NAME=value
		}
		if want := count - len(v.chars); len(run) > want {
			run, v.ended = run[:want], false
			v.walk.pos = offset + want
		}
		v.chars = append(roomier(v.chars, len(run)), run...)
	}
	v.parser.body = v.chars
}

// look decodes so many bytes of the value from an offset on, or fewer if the value ends. They
// are valid until the next call.
func (v *unarmoured) look(at, count int) []byte {
	first, after := v.alphabet.look(at, count)
	if v.fill(after); first >= len(v.chars) {
		return nil
	}
	chars := v.chars[first:min(len(v.chars), after)]
	if len(chars)%v.alphabet.chars == 1 {
		chars = chars[:len(chars)-1]
	}
	decoded, err := v.parser.decoded(chars, v.decode)
	v.decoded = max(v.decoded, len(decoded))
	if before := at % v.bytes; err == nil && len(decoded) >= before {
		return decoded[before:]
	}
	return nil
}

// after returns the offset after the characters of so many bytes.
func (v *unarmoured) after(start, size int) int {
	walk := runs{data: v.walk.data, pos: start}
	left := v.size(size)
	for run, offset := walk.next(); run != nil && left > 0; run, offset = walk.next() {
		if left < len(run) {
			return offset + left
		}
		if left -= len(run); left == 0 {
			break
		}
	}
	return walk.pos
}

// promising tells whether the value can be a certificate, a key store, PKCS #7 or a revocation
// list: private keys and requests begin with other bytes.
func (v *unarmoured) promising() bool {
	head := v.look(0, firstLook)
	if len(head) < firstLook || head[0] != der.Sequence {
		return len(head) == firstLook
	}
	h, _ := der.ReadHeader(head)
	within := head[min(len(head), max(2, h.Size)):]
	return len(within) > 2 && (within[0] == der.Sequence || within[0] == der.ObjectID || bytes.HasPrefix(within, []byte{2, 1, 3}))
}

// announced tells whether a value that is cut off is more than an example: it is a whole string
// or the end of the text, and not short.
func (v *unarmoured) announced() bool {
	rest := v.walk.data[v.walk.pos:]
	return len(v.chars) >= minCut && (len(rest) == 0 || strings.IndexByte(quotes+"<", rest[0]) >= 0)
}

// trim returns the offset after the value and its padding.
func (v *unarmoured) trim() int {
	for v.walk.pos < len(v.walk.data) && v.walk.data[v.walk.pos] == '=' {
		v.walk.pos++
	}
	return v.walk.pos
}

// wipe overwrites what was read: a key store may hold private keys.
func (v *unarmoured) wipe() {
	clear(v.chars)
	clear(v.parser.der[:v.decoded])
}
