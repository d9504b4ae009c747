package text

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"cert-health/internal/extract/found"
)

// Layout says where the certificates and private keys of a text are, byte for byte, for a program that writes
// others in their place. It holds private keys: Wipe it.
type Layout struct {
	Text   []byte
	Spans  []Span
	Values []Value
}

// Span is where one armoured block is. All offsets are those of the layout's text.
type Span struct {
	Begin int // of the BEGIN marker
	Body  int // after the dashes of BEGIN
	Tail  int // of the END marker
	End   int // after the dashes of END
	Label string
	// Certificate and Key are what was found in the block; at most one of them is not nil.
	Certificate *found.Certificate
	Key         *found.Key
	Units       []Unit // the characters of the base64, in their order

	certificate, key int // indexes, or -1
}

// Private tells whether the block announces a private key, also one that is encrypted or cannot be read.
func (s *Span) Private() bool { return strings.HasSuffix(s.Label, "PRIVATE KEY") }

// Unit is one character of base64 as it is written, which may be an escape: \u002b, %2B.
type Unit struct {
	Char     byte
	From, To int
}

// Value is a value of base64 that holds others. Its layout is that of the decoded text.
type Value struct {
	Layout
	Units   []Unit // without padding
	Padding []Unit
	End     int // offset after the last one of Units
	// Certain tells whether this is all of the value: without padding, it may go on in the next line, or a word there may
	// follow it.
	Certain bool
}

// maxPadding is how far the padding of a value is searched: it has two characters, which may be escapes.
const maxPadding = 32

// Wipe overwrites the texts that were decoded. The text around them belongs to the caller.
func (l *Layout) Wipe() {
	for i := range l.Values {
		clear(l.Values[i].Text)
		l.Values[i].Wipe()
	}
}

// LayoutOf is Parse for contents that will be changed. It finds certificates and private keys.
func LayoutOf(text []byte) *Layout {
	layout := &Layout{Text: text}
	p := &Parser{Keys: true}
	defer p.Release(0)
	p.lines = lineCounter{text: text}
	p.scan = textScan{parser: p, text: text, place: p.lines.at, layout: layout}
	p.scan.search()
	for _, encoded := range p.scan.encoded {
		clear(encoded.DER)
	}
	layout.resolve(p.scan.result.Certificates, p.scan.keys)
	return layout
}

// resolve replaces the indexes of the blocks, which lead to the final results.
func (l *Layout) resolve(certificates []found.Certificate, keys []found.Key) {
	for i := range l.Spans {
		s := &l.Spans[i]
		if s.certificate >= 0 {
			s.Certificate = &certificates[s.certificate]
		}
		if s.key >= 0 {
			s.Key = &keys[s.key]
		}
	}
	for i := range l.Values {
		l.Values[i].resolve(certificates, keys)
	}
}

// span notes a block. Certificates and keys were counted before it.
func (s *textScan) span(b block, certificates, keys int) {
	if b.label == "" || b.end <= b.body {
		return
	}
	span := Span{Begin: b.begin, Body: b.body, Tail: b.end, End: b.end, Label: b.label, certificate: -1, key: -1}
	if len(s.result.Certificates) > certificates {
		span.certificate = certificates
	}
	if len(s.keys) > keys {
		span.key = keys
	}
	if at := bytes.LastIndex(s.text[b.body:b.end], []byte(endMarker)); at >= 0 {
		span.Tail = b.body + at
	}
	if b.lines {
		span.Units = stringUnits(s.text[:span.Tail], b)
	} else {
		span.Units = units(s.text[:span.Tail], skipHeaders(s.text[:span.Tail], b.body))
	}
	s.layout.Spans = append(s.layout.Spans, span)
}

// units are the characters from an offset on.
func units(text []byte, from int) (list []Unit) {
	walk := runs{data: text, pos: from}
	for run, offset := walk.next(); run != nil; run, offset = walk.next() {
		if len(run) == 1 && walk.pos-offset > 1 {
			list = append(list, Unit{run[0], offset, walk.pos})
			continue
		}
		for i, char := range run {
			list = append(list, Unit{char, offset + i, offset + i + 1})
		}
	}
	return list
}

// stringUnits are the characters of a block of which each line is a string.
func stringUnits(text []byte, b block) (list []Unit) {
	first := bytes.Index(text[b.body:], []byte("MI"))
	if first < 0 {
		return nil
	}
	for at := b.body + first; at < len(text); {
		size := 1
		switch {
		case isBase64(text[at]):
			list = append(list, Unit{text[at], at, at + 1})
		case bytes.HasPrefix(text[at:], []byte(`\/`)):
			size = 2
			list = append(list, Unit{'/', at, at + 2})
		case len(b.separator) > 0 && bytes.HasPrefix(text[at:], b.separator):
			size = len(b.separator)
		default:
			return list
		}
		at += size
	}
	return list
}

// within notes a value of base64, whose text was searched.
func (s *textScan) within(value wrappedText, inner *Layout) {
	if len(inner.Spans)+len(inner.Values) == 0 {
		clear(inner.Text)
		return
	}
	v := Value{Layout: *inner, Units: units(s.text[:value.end], value.start)[:value.chars]}
	count, certain := v.extent()
	v.Certain, v.Units = certain, v.Units[:count]
	clear(v.Text[min(len(v.Text), decodedLength(count)):])
	v.Text = v.Text[:min(len(v.Text), decodedLength(count))]
	v.End = v.Units[count-1].To
	after := v.End
	for _, unit := range units(s.text[:min(len(s.text), after+maxPadding)], after) {
		if unit.Char != '=' || unit.From != after {
			break
		}
		v.Padding, after = append(v.Padding, unit), unit.To
	}
	s.layout.Values = append(s.layout.Values, v)
}

// longestWrapped is the length of the longest line of a value with several lines. MIME has 76, and PEM 64.
const longestWrapped = 128

// extent is the number of characters of the value. White space does not end the run of characters, so a word in the next
// line may be among them. The value ends at the end of a line that is shorter than the first, or that is too long to be
// one of several, if everything in it is text.
func (v *Value) extent() (count int, certain bool) {
	first, end := v.bounds()
	width, lines, line := 0, 1, 0
	for i := range v.Units {
		line++
		last := i+1 == len(v.Units)
		if !last && v.Units[i+1].From == v.Units[i].To {
			continue
		}
		if lines == 1 {
			width = line
		}
		ends := last || lines == 1 && line > longestWrapped || lines > 1 && line < width
		size := min(len(v.Text), decodedLength(i+1))
		if ends && size >= end && (i+1)%4 != 1 && printable(v.Text[first:size]) {
			return i + 1, true
		}
		lines, line = lines+1, 0
	}
	return len(v.Units), false
}

// bounds are where the first block of the decoded text begins, and where the last one ends.
func (v *Value) bounds() (first, end int) {
	first = len(v.Text)
	for i := range v.Spans {
		first, end = min(first, v.Spans[i].Begin), max(end, v.Spans[i].End)
	}
	for i := range v.Values {
		first, end = min(first, v.Values[i].Units[0].From), max(end, v.Values[i].End)
	}
	return first, end
}

// decodedLength is how many bytes so many characters hold.
func decodedLength(chars int) int { return chars * 3 / 4 }

// printable tells whether everything is text.
func printable(text []byte) bool {
	for _, b := range text {
		if b < ' ' && b != '\n' && b != '\r' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return utf8.Valid(text)
}
