package alerts

import (
	"fmt"
	"io"
	"sync"
)

// maxLogged is the number of lines that may wait while the file cannot be written.
const maxLogged = 1000

// Log is a writer that never waits: a slow disk must not stop the plugin, because the Health
// Monitor waits for it. Lines that do not fit are lost, and the log says how many.
type Log struct {
	mu    sync.Mutex
	lines chan []byte
	lost  int
	done  sync.WaitGroup
}

// NewLog returns a log that writes to a file until Close.
func NewLog(to io.Writer) *Log {
	l := &Log{lines: make(chan []byte, maxLogged)}
	l.done.Go(func() {
		for line := range l.lines {
			// An error of the log cannot be reported anywhere.
			_, _ = to.Write(line)
		}
	})
	return l
}

// Write queues a copy of one line. It never fails.
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

// Close waits until all queued lines are written. Write must not be called after it.
func (l *Log) Close() {
	close(l.lines)
	l.done.Wait()
}
