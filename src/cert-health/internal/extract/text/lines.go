package text

import "bytes"

// lineCounter returns the lines of ascending offsets.
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
