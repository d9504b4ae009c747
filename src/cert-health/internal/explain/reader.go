package explain

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
)

const (
	blockSize = 256 << 10
	// window is how much of a very long line is looked at around words that were found.
	window = 16 << 10
	// overlap is the part of a very long line that two pieces share, so that no words are cut.
	overlap = 4 << 10
	// maxLine is the longest line that can be in a log.
	maxLine = 64 << 20
	// head is how much of a file tells whether it is text.
	headSize = 8 << 10
)

// The reasons for which the rest of a log is not read.
var (
	ErrBinary  = errors.New("it is binary, not a log")
	ErrEndless = errors.New("it has a line of more than 64 MiB, so it is not a log: the rest was not read")
)

// Reader reads logs. Its methods may be called one after the other.
type Reader struct {
	words     *Vocabulary
	collector *collector
	workers   int
	pool      sync.Pool
}

// NewReader makes a reader that uses a number of processors.
func NewReader(words *Vocabulary, workers int) *Reader {
	return &Reader{words: words, collector: newCollector(), workers: max(1, workers),
		pool: sync.Pool{New: func() any { return new([blockSize]byte) }}}
}

// Sightings are what all logs have said until now.
func (r *Reader) Sightings() *Sightings { return r.collector.sum() }

// block is a part of a log. It ends with a whole line, or it is a piece of a very long one. Words that end before
// from or behind until belong to the blocks before and behind it, which share this part of the line.
type block struct {
	text        []byte
	from, until int
	file        Speaker // who wrote its first line
	tail        bool    // headers in it name the files of the lines behind them
	free        func()
}

// Read reads a log to its end. name is the name of its file; "" for a stream. What was read before an error counts.
func (r *Reader) Read(ctx context.Context, name string, log io.Reader) error {
	blocks := make(chan block, r.workers)
	var group sync.WaitGroup
	for range r.workers {
		group.Go(func() {
			for b := range blocks {
				r.examine(b, name)
				b.free()
			}
		})
	}
	s := splitter{reader: r, log: log, blocks: blocks, file: r.words.speakerOfFile(name)}
	err := s.split(ctx)
	close(blocks)
	group.Wait()
	r.collector.read(&s)
	return err
}

// read adds what a splitter counted.
func (c *collector) read(s *splitter) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.total.Bytes += s.bytes
	c.total.Lines += s.lines
	c.total.Long += s.long
	c.total.Logs++
}

// examine reads the lines of a block in which the automaton finds words.
func (r *Reader) examine(b block, log string) {
	var words []int32
	for at := b.from; ; {
		hit := r.words.search.find(b.text, at)
		if hit < 0 || hit > b.until {
			return
		}
		from, to := around(b.text, hit)
		line := bytes.TrimRight(b.text[from:to], "\r")
		words = r.words.search.all(line, words[:0])
		r.line(&b, from, line, words, log)
		at = to
	}
}

// line reads one line. Its words are the same before and after the escapes of JSON are undone.
func (r *Reader) line(b *block, at int, line []byte, words []int32, log string) {
	topic, only := r.words.isTopic(words)
	if only && !r.words.troubled(line) {
		return
	}
	text := plain(line)
	var found []sighting
	if !only {
		found = r.words.read(text, words, r.speaker(b, at))
	}
	for i := range found {
		r.collector.add(&found[i], log)
	}
	if topic && len(found) == 0 && r.words.troubled(line) && !isFrame(text) {
		r.collector.unread(text, log)
	}
}

// isFrame tells whether a line is a frame of a stack trace of Java: it names packages, and says nothing.
func isFrame(line string) bool {
	return strings.HasPrefix(strings.TrimLeft(line, " \t"), "at ") && strings.HasSuffix(line, ")")
}

// around are the bounds of the line at a position; those of a window in a very long line.
func around(text []byte, at int) (from, to int) {
	from = bytes.LastIndexByte(text[:at], '\n') + 1
	if to = bytes.IndexByte(text[at:], '\n'); to < 0 {
		to = len(text)
	} else {
		to += at
	}
	if to-from > 2*window {
		from, to = max(from, at-window), min(to, at+window)
	}
	return from, to
}
