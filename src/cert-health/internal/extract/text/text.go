package text

import (
	"bytes"

	"cert-health/internal/cert"
	"cert-health/internal/extract/found"
)

// textScan is one pass over one text.
type textScan struct {
	parser  *Parser
	text    []byte
	depth   int // how often the text was decoded from base64
	result  found.Result
	encoded []Encoded
	keys    []found.Key

	// place returns the line of a block. Offsets must ascend.
	place      func(offset int) int
	run        int    // the current run
	starts     []int  // offsets of the runs, from the first on
	valueBegin int    // offset of the current run of armoured blocks
	lastEnd    int    // offset after the latest block or value
	listed     bool   // the latest one is a value without BEGIN
	separator  []byte // of the lines of the latest block
	searched   int    // offset before which base64 was read already
}

// maxDepth is how often text is decoded from base64.
const maxDepth = 2

// search goes from marker to marker. It reads the blocks, and searches only the text between
// them for the base64 of further blocks: the body of a block, which may be a private key, is
// never decoded as such a value.
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

// block handles the block at begin and returns the offset after it.
func (s *textScan) block(begin int) int {
	b, body := readBlock(s.text, begin, s.parser.body[:0])
	s.parser.body = body
	if b.label != "" {
		s.enter(b)
	}
	switch {
	case b.crl() && !s.parser.CRLs:
	case b.state == invalid:
		clear(body) // it may be anything, even a private key
		s.result.AddBroken(s.place(begin), b.reason)
	case b.state == complete:
		s.certificate(b, body)
	case s.parser.Keys && b.private():
		s.key(b)
	}
	return b.end
}

// key adds the public half of a private key. A key that cannot be read is not a finding: it
// may have a password.
func (s *textScan) key(b block) {
	if len(s.keys) > maxKeys {
		return
	}
	if digest, ok := s.parser.publicHalf(s.text, &b); ok {
		s.keys = append(s.keys, found.Key{Digest: digest, Line: s.place(b.begin), Form: s.form(b), Run: s.run})
	}
}

// enter notes the run of the block. The block belongs to the run of the previous block if only
// white space, or the separator of their lines, is between them. Otherwise it begins a new run.
func (s *textScan) enter(b block) {
	walk := runs{data: s.text[:b.begin], pos: s.lastEnd}
	run, _ := walk.next()
	follows := run == nil && walk.pos == b.begin ||
		b.lines && len(s.separator) > 0 && bytes.Equal(s.text[s.lastEnd:b.begin], s.separator)
	s.separator = b.separator
	if s.run == 0 || !follows {
		s.begin(b.begin)
		s.valueBegin = b.begin
	}
	s.lastEnd, s.listed = b.end, false
}

// begin begins a new run.
func (s *textScan) begin(offset int) {
	s.run++
	if s.parser.Keys && len(s.starts) <= maxRuns {
		s.starts = append(s.starts, offset)
	}
}

// certificate adds a complete block. If it is not a certificate, it may be anything, even a
// private key, and is wiped from the buffers.
func (s *textScan) certificate(b block, body []byte) {
	line := s.place(b.begin)
	der, err := s.parser.decode(body)
	form, group := s.form(b), s.run
	if !form.Embedded() {
		group = 0 // blocks at the start of a line belong to the file
	}
	switch {
	case err != nil:
		s.result.AddBroken(line, "it is not valid base64")
	case b.store(), b.crl(), s.parser.kind(der) == Store:
		// Browsers accept PKCS #7 with the label of a certificate.
		s.encoded = append(s.encoded, Encoded{DER: bytes.Clone(der), CRL: b.crl(), Line: line, Group: group})
	case s.parser.Certificates.Add(&s.result, der, found.Certificate{Line: line, Form: form, Group: group, Run: s.run}):
		return
	}
	clear(body)
	clear(der)
}

// wrappedValue reads the base64 of PEM around an offset.
func (s *textScan) wrappedValue(at, to int) (end int) {
	value := wrappedAt(s.text[:to], s.searched, at)
	s.wrapped(value, beginMarker, wrappedDashes)
	return value.end
}

// nestedValue reads the base64 of base64 that begins at an offset.
func (s *textScan) nestedValue(at, to int) (end int) {
	value := wrappedAt(s.text[:to], at, at)
	s.wrapped(value, wrappedDashes, "MII")
	return value.end
}

// wrapped decodes one value that contains one of these strings, and adds what is in it. The
// decoded text may hold private keys: it is wiped at once.
func (s *textScan) wrapped(value wrappedText, either, or string) {
	text, err := value.unwrap(s.text, s.parser, s.depth)
	defer clear(text)
	if err != nil || !bytes.Contains(text, []byte(either)) && !bytes.Contains(text, []byte(or)) {
		return
	}
	origin := newPositions(s.text, value)
	inner := textScan{parser: s.parser, text: text, depth: s.depth + 1, result: s.result, encoded: s.encoded, keys: s.keys,
		place: func(offset int) int { return s.place(origin.of(offset)) }}
	certificates, encoded, keys := len(s.result.Certificates), len(s.encoded), len(s.keys)
	inner.search()
	s.result, s.encoded, s.keys = inner.result, inner.encoded, inner.keys
	s.begin(value.start)
	s.lastEnd, s.listed = value.end, false
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
