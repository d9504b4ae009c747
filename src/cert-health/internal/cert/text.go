package cert

import (
	"bytes"
	"errors"
	"strconv"
)

var errTooLarge = errors.New("larger than max_certificate_size (" + strconv.Itoa(maxDER>>20) + " MiB)")

// textScan is one pass over one text.
type textScan struct {
	parser   *Parser
	text     []byte
	noBase64 bool
	result   Result

	// place turns the ascending offsets of blocks into what Line says of them.
	place      func(offset int) int
	group      int // of the latest value
	valueBegin int // offset of that value's first block
	lastEnd    int // offset behind the latest block
}

// run goes from marker to marker. Blocks are read where they stand; what lies
// between them is searched for base64 of further ones, so that no block's own
// body, a private key's least of all, is ever unwrapped as such.
func (s *textScan) run() {
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
	switch b.state {
	case invalid:
		s.result.broken(s.place(begin), b.reason)
	case complete:
		s.certificate(b, body)
	}
	return b.end
}

// enter notes which value the block belongs to: the one of the block before it,
// when nothing but white space lies in between, or else a new one.
func (s *textScan) enter(b block) {
	walk := runs{data: s.text[:b.begin], pos: s.lastEnd}
	run, _ := walk.next()
	if s.group == 0 || run != nil || walk.pos < b.begin {
		s.group++
		s.valueBegin = b.begin
	}
	s.lastEnd = b.end
}

func (s *textScan) certificate(b block, body []byte) {
	line := s.place(b.begin)
	der, err := s.parser.decode(body)
	if err != nil {
		s.result.broken(line, "it is not valid base64")
		return
	}
	form, group := s.form(b), s.group
	if form == PEM {
		group = 0 // blocks at the margin belong to the file
	}
	if b.bundle() {
		s.result.Bundles = append(s.result.Bundles, Bundle{DER: bytes.Clone(der), Line: line, Group: group})
		return
	}
	s.parser.add(&s.result, der, line, form, group)
}

// form tells how the block was written down.
func (s *textScan) form(b block) Form {
	switch {
	case b.escaped && inJSON(s.text, s.valueBegin):
		return PEMJSON
	case b.escaped:
		return PEMEscaped
	case indented(s.text, b.begin):
		return PEMYAML
	}
	return PEM
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
	inner := textScan{parser: s.parser, text: text, noBase64: true, result: s.result,
		place: func(offset int) int { return s.place(origin.of(offset)) }}
	first, firstBundle := len(s.result.Certificates), len(s.result.Bundles)
	inner.run()
	s.result = inner.result
	s.group++
	s.lastEnd = value.end
	for i := range s.result.Certificates[first:] {
		s.result.Certificates[first+i].Form = PEMBase64
		s.result.Certificates[first+i].Group = s.group
	}
	for i := range s.result.Bundles[firstBundle:] {
		s.result.Bundles[firstBundle+i].Group = s.group
	}
}

// lineCounter tells the line of ascending offsets.
type lineCounter struct {
	text []byte
	pos  int
	line int // lines before pos
}

func (l *lineCounter) at(offset int) int {
	if offset > l.pos {
		l.line += bytes.Count(l.text[l.pos:offset], []byte("\n"))
		l.pos = offset
	}
	return l.line + 1
}
