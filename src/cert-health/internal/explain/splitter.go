package explain

import (
	"bytes"
	"context"
	"io"
)

// splitter divides a log into blocks of whole lines.
type splitter struct {
	reader *Reader
	log    io.Reader
	blocks chan<- block
	file   Speaker

	started bool
	tail    bool // the log is what tail writes of several files
	rest    []byte
	seen    int // bytes of the rest that were examined
	length  int // of the line so far, if it is longer than a block
	lines   int64
	bytes   int64
	long    int
}

// split reads until the end.
func (s *splitter) split(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		buffer, _ := s.reader.pool.Get().(*[blockSize]byte)
		kept := copy(buffer[:], s.rest)
		n, err := s.fill(buffer[kept:])
		s.bytes += int64(n)
		text := buffer[:kept+n]
		if !s.started && n > 0 {
			s.started = true
			if bytes.IndexByte(text[:min(len(text), headSize)], 0) >= 0 {
				return ErrBinary
			}
			s.tail = bytes.HasPrefix(text, []byte("==> "))
		}
		if s.send(buffer, text, err != nil); s.length > maxLine {
			return ErrEndless
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// fill reads what there is: a stream may stand still for long, and its lines must not wait for more.
func (s *splitter) fill(into []byte) (n int, err error) {
	for range 100 {
		if n, err = s.log.Read(into); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// send passes on whole lines, and keeps the rest for the next one.
func (s *splitter) send(buffer *[blockSize]byte, text []byte, last bool) {
	b := block{from: s.seen, free: func() { s.reader.pool.Put(buffer) }}
	end := bytes.LastIndexByte(text, '\n') + 1
	rest, seen := end, 0
	switch {
	case last:
		end, rest = len(text), len(text)
	case end > 0:
		s.length = 0
	case len(text) < blockSize: // the line goes on
		s.rest = append(s.rest[:0], text...)
		b.free()
		return
	default:
		if s.length == 0 {
			s.long++
		}
		s.length += len(text)
		end, rest, seen = len(text), len(text)-overlap, overlap/2
	}
	s.rest, s.seen = append(s.rest[:0], text[rest:]...), seen
	s.count(text[:end], last)
	b.text, b.until = text[:end], rest+seen
	b.file, b.tail = s.speaker(b.text), s.tail
	s.blocks <- b
}

func (s *splitter) count(text []byte, last bool) {
	s.lines += int64(bytes.Count(text, []byte{'\n'}))
	if last && len(text) > 0 && text[len(text)-1] != '\n' {
		s.lines++
	}
}
