package alerts

import (
	"bufio"
	"errors"
	"io"
)

// maxLine is the longest line that is read. An alert has at most some 4,000 bytes of
// text, which JSON's escapes can make six times as long.
const maxLine = 64 << 10

// lines reads lines of any length in bounded memory.
type lines struct{ reader *bufio.Reader }

func newLines(input io.Reader) lines { return lines{bufio.NewReaderSize(input, maxLine)} }

// next returns the next line, which is valid until the next call, or nil for one that
// was too long. A last line without an end counts as one.
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
			return nil // the next call says so
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
