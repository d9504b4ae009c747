package alerts

import (
	"fmt"
	"io"
	"sync"
)

// maxLogged is how many lines may wait for a log that does not take them.
const maxLogged = 1000

// Log is a writer that never waits: a disk that hangs must not stall the Health
// Monitor. Lines that do not fit are lost, and the log says how many.
type Log struct {
	mu    sync.Mutex
	lines chan []byte
	lost  int
	done  sync.WaitGroup
}

// NewLog writes to a file, or whatever else, until Close.
func NewLog(to io.Writer) *Log {
	l := &Log{lines: make(chan []byte, maxLogged)}
	l.done.Go(func() {
		for line := range l.lines {
			// There is nobody left to be told of an error.
			_, _ = to.Write(line)
		}
	})
	return l
}

// Write takes a copy of one line. It never fails.
func (l *Log) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := append([]byte(nil), line...)
	if l.lost > 0 {
		text = append(fmt.Appendf(nil, "(%d lines are lost)\n", l.lost), text...)
	}
	select {
	case l.lines <- text:
		l.lost = 0
	default:
		l.lost++
	}
	return len(line), nil
}

// Close waits until what was taken is written. Nothing may be written after it.
func (l *Log) Close() {
	close(l.lines)
	l.done.Wait()
}
