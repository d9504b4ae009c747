package text

import (
	"bytes"
	"strings"
)

const (
	// maxSeparator is how many bytes may stand between two lines of a block.
	maxSeparator = 300
	// minLine is the length of the shortest first line.
	minLine = 32
)

// stringLines reads a block of which each line is a string of its own: an item of a list, an
// argument of echo, or a literal in source code. What stands between two lines is the same
// between all lines.
type stringLines struct {
	data      []byte
	pos       int // after the latest line
	separator []byte
	line      []byte // the latest line, without escapes
}

// readStrings reads the body of a block that is not complete, and adds it to body. It is not ok
// if the lines are not strings, or if the block has no END.
func readStrings(data []byte, b *block, body []byte) (_ []byte, ok bool) {
	first := bytes.Index(gap(data, b.body), []byte("MI"))
	if first < 0 || !joins(data[b.body:b.body+first]) {
		return body, false
	}
	lines := stringLines{data: data, pos: b.body + first}
	if lines.read(len(data)); len(lines.line) < minLine {
		return body, false
	}
	defer func() { clear(lines.line[:cap(lines.line)]) }()
	body = append(roomier(body, len(lines.line)), lines.line...)
	width := len(lines.line)
	if lines.separate(width) {
		for len(lines.line) == width && len(body) <= maxValue && lines.next() {
			body = append(roomier(body, len(lines.line)), lines.line...)
		}
	}
	return body, lines.close(b)
}

// gap is where a separator can be: the text from an offset on, up to the next marker.
func gap(data []byte, from int) []byte {
	window := data[from:min(len(data), from+maxSeparator)]
	if end := bytes.Index(window, []byte(dashes)); end >= 0 {
		window = window[:end]
	}
	return window
}

// read reads one line at the current position, up to so many characters.
func (l *stringLines) read(most int) {
	l.line = l.line[:0]
	for l.pos < len(l.data) && len(l.line) < most {
		switch b := l.data[l.pos]; {
		case isBase64(b):
			l.line = append(roomier(l.line, 1), b)
			l.pos++
		case bytes.HasPrefix(l.data[l.pos:], []byte(`\/`)):
			l.line = append(roomier(l.line, 1), '/')
			l.pos += 2
		default:
			return
		}
	}
}

// separate finds what stands before the second line, which is as long as the first. It is not ok
// if there is no second line.
func (l *stringLines) separate(width int) bool {
	window := gap(l.data, l.pos)
	probe := stringLines{data: l.data}
	defer func() { clear(probe.line[:cap(probe.line)]) }()
	for at := 0; at < len(window); at++ {
		if !isBase64(window[at]) || at > 0 && isBase64(window[at-1]) && !valueBegins(window[:at]) {
			continue
		}
		probe.pos = l.pos + at
		if probe.read(width + 1); len(probe.line) == width && joins(window[:at]) {
			l.separator = window[:at]
			return true
		}
	}
	return false
}

// next reads the next line. It is not ok at the end of the block.
func (l *stringLines) next() bool {
	if !bytes.HasPrefix(l.data[l.pos:], l.separator) {
		return false
	}
	before := l.pos
	l.pos += len(l.separator)
	if l.read(len(l.data)); len(l.line) == 0 {
		l.pos = before
	}
	return len(l.line) > 0
}

// close completes the block if its END is the next line.
func (l *stringLines) close(b *block) bool {
	between := gap(l.data, l.pos)
	end := l.pos + len(between)
	if !joins(between) || !b.endsAt(l.data, end) {
		return false
	}
	_, b.end = readLabel(l.data, end+len(endMarker))
	b.state, b.lines, b.separator = complete, true, l.separator
	return true
}

// joins tells whether this text can stand between two strings that belong together. Lines that
// are commented out do not.
func joins(between []byte) bool {
	line := bytes.TrimLeft(between[bytes.LastIndexByte(between, '\n')+1:], " \t")
	return !commented(line) && (bytes.ContainsAny(between, quotes) || bytes.HasPrefix(line, []byte("- ")) || strings.HasPrefix(string(line), "echo "))
}
