package scenario

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
)

// Mask changes a secret into other bytes, and back, so that InMemory does not find its own copy.
func Mask(secret []byte) []byte {
	for i := range secret {
		secret[i] ^= 0x5a
	}
	return secret
}

// maxTrace is the length of the longest trace that InMemory finds everywhere.
const maxTrace = 64

// InMemory tells which of the masked traces stand in the writable memory of this process. The error
// is fs.ErrNotExist on a system that does not show a process its memory.
func InMemory(traces [][]byte) (found map[int]bool, err error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	memory, err := os.Open("/proc/self/mem")
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	chunk := make([]byte, 1<<20)
	defer clear(chunk)
	found = map[int]bool{}
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); err != nil || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for at := from; at < to; at += int64(len(chunk)) - maxTrace {
			n, err := memory.ReadAt(chunk[:min(int64(len(chunk)), to-at)], at)
			masked := Mask(chunk[:n])
			if err != nil && err != io.EOF {
				break // not every address that is mapped is there
			}
			for i, trace := range traces {
				if bytes.Contains(masked, trace) {
					found[i] = true
				}
			}
		}
	}
	return found, nil
}
