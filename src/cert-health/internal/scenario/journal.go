package scenario

import (
	"fmt"
	"slices"
	"sync"
)

// Journal is a logger of bosh-utils that keeps its messages in memory. Its zero value is empty.
type Journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *Journal) add(level, tag, message string, values ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, level+" "+tag+": "+fmt.Sprintf(message, values...))
}

// Info keeps a message.
func (j *Journal) Info(tag, message string, values ...any) { j.add("info", tag, message, values...) }

// Warn keeps a warning.
func (j *Journal) Warn(tag, message string, values ...any) { j.add("warn", tag, message, values...) }

// Error keeps an error.
func (j *Journal) Error(tag, message string, values ...any) { j.add("error", tag, message, values...) }

// Messages returns all messages so far, each as "level tag: message".
func (j *Journal) Messages() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.lines)
}
