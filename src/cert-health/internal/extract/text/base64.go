package text

import (
	"bytes"
	"encoding/base64"
)

// wrappedDashes is the base64 of three dashes. A marker has five dashes in a row, so that one
// triple is aligned, whatever the alignment of the marker. Lines of base64 are broken at a
// multiple of four characters, which never splits the triple.
const wrappedDashes = "LS0t"

// minWrappedLine is the minimum length of a line of base64 that counts as the beginning of a
// wrapped value.
const minWrappedLine = 40

// wrappedText is a base64 value in the text, from start to end.
type wrappedText struct{ start, end, chars int }

// wrappedAt returns the value around a triple of dashes. The value begins at the offset from or
// later.
func wrappedAt(text []byte, from, anchor int) wrappedText {
	value := wrappedText{start: wrappedStart(text, from, anchor)}
	walk := runs{data: text, pos: value.start}
	for run, offset := walk.next(); run != nil; run, offset = walk.next() {
		if padding := bytes.IndexByte(run, '='); padding >= 0 {
			// Padding ends a value.
			value.chars += padding
			value.end = offset + padding
			break
		}
		value.chars += len(run)
		value.end = walk.pos
	}
	value.end = max(value.end, anchor+len(wrappedDashes))
	return value
}

// wrappedStart goes back from the anchor to the start of its value: to the start of its run,
// and over whole lines of base64 before that. If the start is not certain, the value is cut
// so that the anchor is aligned.
func wrappedStart(text []byte, from, anchor int) int {
	start := runStart(text, from, anchor)
	chars := anchor - start
	for {
		lineEnd := start
		for lineEnd > from && (text[lineEnd-1] == ' ' || text[lineEnd-1] == '\t') {
			lineEnd--
		}
		if lineEnd == from || text[lineEnd-1] != '\n' {
			break
		}
		lineEnd--
		if lineEnd > from && text[lineEnd-1] == '\r' {
			lineEnd--
		}
		previous := runStart(text, from, lineEnd)
		if lineEnd-previous < minWrappedLine {
			break
		}
		chars += lineEnd - previous
		start = previous
	}
	return start + chars%4
}

// runStart goes back from end over base64 characters. The sign = is not one of them here,
// because of assignments: NAME=value.
func runStart(text []byte, from, end int) int {
	for end > from && isBase64(text[end-1]) && text[end-1] != '=' {
		end--
	}
	return end
}

// unwrap decodes the value into the text buffer of the parser for this depth.
func (w wrappedText) unwrap(text []byte, p *Parser, depth int) ([]byte, error) {
	p.body = roomier(p.body[:0], w.end-w.start)
	walk := runs{data: text[:w.end], pos: w.start}
	for run, _ := walk.next(); run != nil; run, _ = walk.next() {
		p.body = append(p.body, run...)
	}
	defer clear(p.body)
	body := p.body[:w.chars]
	// A single character at the end belongs to the text after the value.
	if len(body)%4 == 1 {
		body = body[:len(body)-1]
	}
	size := base64.RawStdEncoding.DecodedLen(len(body))
	if cap(p.text[depth]) < size {
		p.text[depth] = make([]byte, size)
	}
	n, err := base64.RawStdEncoding.Decode(p.text[depth][:size], body)
	return p.text[depth][:n], err
}

// positions maps ascending offsets in a decoded value to offsets in the text around it, in
// one pass.
type positions struct {
	walk   runs
	run    []byte
	offset int // of run
	before int // base64 characters before run
}

func newPositions(text []byte, value wrappedText) *positions {
	p := &positions{walk: runs{data: text[:value.end], pos: value.start}}
	p.run, p.offset = p.walk.next()
	return p
}

// of returns the offset of the character that holds the first bits of a decoded byte.
func (p *positions) of(decoded int) int {
	char := decoded / 3 * 4
	for p.run != nil && p.before+len(p.run) <= char {
		p.before += len(p.run)
		p.run, p.offset = p.walk.next()
	}
	return p.offset + max(0, char-p.before)
}
