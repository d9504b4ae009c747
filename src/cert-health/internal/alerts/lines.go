package alerts

import (
	"bufio"
	"errors"
	"io"
)

// maxLine is the longest line that is read, in bytes. The text of an alert has at most about
// 4,000 bytes, and JSON escapes make it at most six times as long.
const maxLine = 64 << 10

// lines reads lines of any length with bounded memory.
type lines struct{ reader *bufio.Reader }

func newLines(input io.Reader) lines { return lines{bufio.NewReaderSize(input, maxLine)} }

// next returns the next line, or nil for a line that is too long. The line is valid until the
// next call. The last line needs no line break.
func (l lines) next() ([]byte, error) {
	line, err := l.reader.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, l.skip()
	case errors.Is(err, io.EOF) && len(line) > 0:
		return line, nil
	case err != nil:
		return nil, err
	}
	return line[:len(line)-1], nil
}

// skip reads to the end of a line.
func (l lines) skip() error {
	for {
		_, err := l.reader.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // the next call returns io.EOF
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
