package text

import (
	"bytes"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// textScan is one pass over one text.
type textScan struct {
	parser   *Parser
	text     []byte
	noBase64 bool
	result   found.Result
	encoded  []Encoded
	keys     []found.Key

	// place turns the ascending offsets of blocks into what Line says of them.
	place      func(offset int) int
	run        int   // the latest one
	starts     []int // offsets at which the runs begin, from the first on
	valueBegin int   // that of the latest one that is armoured
	lastEnd    int   // offset behind the latest block
}

// search goes from marker to marker. Blocks are read where they stand; what lies
// between them is searched for base64 of further ones, so that no block's own
// body, a private key's least of all, is ever unwrapped as such.
func (s *textScan) search() {
	for pos := 0; pos < len(s.text); {
		next := bytes.Index(s.text[pos:], []byte(beginMarker))
		if next < 0 {
			s.base64(pos, len(s.text))
			return
		}
		begin := pos + next
		s.base64(pos, begin)
		pos = max(s.block(begin), begin+len(beginMarker))
	}
}

// block handles the block at begin and returns the offset behind it.
func (s *textScan) block(begin int) int {
	b, body := readBlock(s.text, begin, s.parser.body[:0])
	s.parser.body = body
	if b.label != "" {
		s.enter(b)
	}
	switch {
	case b.crl() && !s.parser.CRLs:
	case b.state == invalid:
		clear(body) // of what nobody knows
		s.result.AddBroken(s.place(begin), b.reason)
	case b.state == complete:
		s.certificate(b, body)
	case s.parser.Keys && b.private():
		s.key(b)
	}
	return b.end
}

// key takes up the public half of a private key. One that cannot be read is no
// finding: it may have a password.
func (s *textScan) key(b block) {
	if len(s.keys) > maxKeys {
		return
	}
	if digest, ok := s.parser.publicHalf(s.text, &b); ok {
		s.keys = append(s.keys, found.Key{Digest: digest, Line: s.place(b.begin), Form: s.form(b), Run: s.run})
	}
}

// enter notes which run the block belongs to: the one of the block before it, when
// nothing but white space lies in between, or else a new one.
func (s *textScan) enter(b block) {
	walk := runs{data: s.text[:b.begin], pos: s.lastEnd}
	run, _ := walk.next()
	if s.run == 0 || run != nil || walk.pos < b.begin {
		s.begin(b.begin)
		s.valueBegin = b.begin
	}
	s.lastEnd = b.end
}

// begin begins a run.
func (s *textScan) begin(offset int) {
	s.run++
	if s.parser.Keys && len(s.starts) <= maxRuns {
		s.starts = append(s.starts, offset)
	}
}

// certificate takes up what is labelled as one. What is none may be anything, a
// private key too, and is not left in the buffers.
func (s *textScan) certificate(b block, body []byte) {
	line := s.place(b.begin)
	der, err := s.parser.decode(body)
	form, group := s.form(b), s.run
	if !form.Embedded() {
		group = 0 // blocks at the margin belong to the file
	}
	switch {
	case err != nil:
		s.result.AddBroken(line, "it is not valid base64")
	case b.bundle(), b.crl():
		s.encoded = append(s.encoded, Encoded{DER: bytes.Clone(der), CRL: b.crl(), Line: line, Group: group})
		return
	case s.parser.Certificates.Add(&s.result, der, found.Certificate{Line: line, Form: form, Group: group, Run: s.run}):
		return
	}
	clear(body)
	clear(der)
}

// base64 looks between two blocks for the base64 of PEM text.
func (s *textScan) base64(from, to int) {
	if s.noBase64 {
		return
	}
	for from < to {
		value, ok := findWrapped(s.text[:to], from)
		if !ok {
			return
		}
		s.wrapped(value)
		from = value.end
	}
}

// wrapped unwraps one value and takes over what stands in it. The text that
// comes out may hold private keys: it is wiped at once.
func (s *textScan) wrapped(value wrappedText) {
	text, err := value.unwrap(s.text, s.parser)
	defer clear(text)
	if err != nil || !bytes.Contains(text, []byte(beginMarker)) {
		return
	}
	origin := newPositions(s.text, value)
	inner := textScan{parser: s.parser, text: text, noBase64: true, result: s.result, encoded: s.encoded, keys: s.keys,
		place: func(offset int) int { return s.place(origin.of(offset)) }}
	certificates, encoded, keys := len(s.result.Certificates), len(s.encoded), len(s.keys)
	inner.search()
	s.result, s.encoded, s.keys = inner.result, inner.encoded, inner.keys
	s.begin(value.start)
	s.lastEnd = value.end
	for i := range s.result.Certificates[certificates:] {
		f := &s.result.Certificates[certificates+i]
		f.Form, f.Group, f.Run = cert.PEMBase64, s.run, s.run
	}
	for i := range s.encoded[encoded:] {
		s.encoded[encoded+i].Group = s.run
	}
	for i := range s.keys[keys:] {
		f := &s.keys[keys+i]
		f.Form, f.Run = cert.PEMBase64, s.run
	}
}
