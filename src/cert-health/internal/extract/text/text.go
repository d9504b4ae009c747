package text

import (
	"bytes"
	"fmt"

	"cert-health/internal/budget"
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
	run        int     // the current run
	starts     []int   // offsets of the runs, from the first on
	valueBegin int     // offset of the current run of armoured blocks
	lastEnd    int     // offset after the latest block or value
	listed     bool    // the latest one is a value without BEGIN
	separator  []byte  // of the lines of the latest block
	searched   int     // offset before which base64 was read already
	handed     int     // bytes that were handed on to another parser
	layout     *Layout // of this text; nil unless it is asked for
}

// maxDepth is how often text is decoded from base64.
const maxDepth = 2

// costOfLook is the cost of each look at a BEGIN line, or at what may begin a value, in bytes that
// are searched: text that consists of beginnings takes so much longer.
const costOfLook = 64

// search goes from marker to marker. It reads the blocks, and searches only the text between
// them for the base64 of further blocks: the body of a block, which may be a private key, is
// never decoded as such a value.
func (s *textScan) search() {
	for pos := 0; pos < len(s.text) && !s.parser.Certificates.Spent(); {
		next := bytes.Index(s.text[pos:], []byte(beginMarker))
		if next < 0 {
			s.base64(pos, len(s.text))
			return
		}
		begin := pos + next
		s.base64(pos, begin)
		s.parser.Certificates.Account.Spend(budget.Bytes, costOfLook)
		pos = max(s.block(begin), begin+len(beginMarker))
	}
}

// block handles the block at begin and returns the offset after it.
func (s *textScan) block(begin int) int {
	certificates, keys := len(s.result.Certificates), len(s.keys)
	b := s.read(begin)
	if s.layout != nil {
		s.span(b, certificates, keys)
	}
	return b.end
}

// read reads the block at begin.
func (s *textScan) read(begin int) block {
	b, body := readBlock(s.text, begin, s.parser.body[:0])
	s.parser.body = body
	if b.label != "" {
		s.enter(b)
	}
	switch {
	case b.crl() && !s.parser.CRLs:
	case b.state == invalid:
		clear(body) // it may be anything, even a private key
		s.broken(s.place(begin), b.reason)
	case b.state == complete:
		s.certificate(b, body)
	case s.parser.Keys && b.private():
		s.key(b)
	}
	return b
}

// key adds the public half of a private key. A key that cannot be read is not a finding: it
// may have a password.
func (s *textScan) key(b block) {
	if len(s.keys) > maxKeys || !s.parser.Certificates.Account.Spend(budget.Keys, 1) {
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
	if (s.parser.Keys || s.parser.Names) && len(s.starts) <= maxRuns {
		s.starts = append(s.starts, offset)
	}
}

// broken adds a broken block, which costs as much as a certificate.
func (s *textScan) broken(line int, reason string) {
	if s.parser.Certificates.Account.Spend(budget.Certificates, 1) {
		s.result.AddBroken(line, reason)
	}
}

// maxEncoded is how many bytes of key stores and revocation lists one text may hold. The others are
// not read, and told.
const maxEncoded = 4 << 20

// hand hands a copy of a block, or of a value, on to another parser.
func (s *textScan) hand(e Encoded) {
	if s.handed += len(e.DER); s.handed > maxEncoded {
		s.broken(e.Line, fmt.Sprintf("the key stores and revocation lists before its end have more than %d MiB", maxEncoded>>20))
		return
	}
	e.DER = bytes.Clone(e.DER)
	s.encoded = append(s.encoded, e)
}

// certificate adds a complete block. If it is not a certificate, it may be anything, even a
// private key, and is wiped from the buffers.
func (s *textScan) certificate(b block, body []byte) {
	line := s.place(b.begin)
	der, err := s.parser.decode(body)
	if err != nil {
		s.broken(line, "it is not valid base64")
		clear(body)
		clear(der)
		return
	}
	form, group := s.form(b), s.run
	if !form.Embedded() {
		group = 0 // blocks at the start of a line belong to the file
	}
	switch {
	case b.store(), b.crl(), s.parser.kind(der) == Store:
		// Browsers accept PKCS #7 with the label of a certificate.
		s.hand(Encoded{DER: der, CRL: b.crl(), Line: line, Group: group})
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

// maxValue is the size of the longest base64 value that is decoded, in characters. A bundle of all
// public CAs has 300,000.
const maxValue = 4 << 20

// wrapped decodes one value that contains one of these strings, and adds what is in it. The
// decoded text may hold private keys: it is wiped at once.
func (s *textScan) wrapped(value wrappedText, either, or string) {
	if value.chars > maxValue {
		return
	}
	text, err := value.unwrap(s.text, s.parser, s.depth)
	defer clear(text)
	if err != nil || !bytes.Contains(text, []byte(either)) && !bytes.Contains(text, []byte(or)) {
		return
	}
	origin := newPositions(s.text, value)
	inner := textScan{parser: s.parser, text: text, depth: s.depth + 1, result: s.result, encoded: s.encoded, keys: s.keys, handed: s.handed,
		place: func(offset int) int { return s.place(origin.of(offset)) }}
	certificates, encoded, keys := len(s.result.Certificates), len(s.encoded), len(s.keys)
	if s.layout != nil {
		inner.layout = &Layout{Text: bytes.Clone(text)}
		defer func() { s.within(value, inner.layout) }()
	}
	inner.search()
	s.result, s.encoded, s.keys, s.handed = inner.result, inner.encoded, inner.keys, inner.handed
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
