package discover

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"

	"cert-health/internal/extract/found"
	"cert-health/internal/extract/keystore"
	"cert-health/internal/secret"
)

// Stdin is the name under which Inspect reads its standard input.
const Stdin = "-"

// Inspect reads the named files, and all files of named directories. It follows links to files,
// and reads pipes. A file that cannot be read is a Problem; the others are still read.
func Inspect(ctx context.Context, names []string, stdin io.Reader) *Inventory {
	scanner := NewScanner(Options{})
	scanner.known = nil
	s := scanner.pass(ctx)
	s.linked = map[string]bool{}
	s.reader = newReader(func(path string) ([]secret.Value, []error) {
		return keystore.Find(readSmall, keystore.Known(), path)
	})
	defer s.reader.wipe(0)
	s.options.Only = directories(names)
	for _, name := range names {
		s.inspect(name, stdin)
	}
	s.excesses()
	s.inventory.Mismatches = s.pairs()
	return &s.inventory
}

// directories returns the absolute paths of those names that are directories.
func directories(names []string) []string {
	var list []string
	for _, name := range names {
		if dir, ok := directory(name); ok {
			list = append(list, dir)
		}
	}
	return list
}

func directory(name string) (string, bool) {
	info, err := os.Stat(name)
	if name == Stdin || err != nil || !info.IsDir() {
		return "", false
	}
	dir, err := filepath.Abs(name)
	return dir, err == nil
}

func (s *scan) inspect(name string, stdin io.Reader) {
	if dir, ok := directory(name); ok {
		s.tree("", dir)
		return
	}
	s.charge("", absolute(name))
	before := s.faults
	result, err := s.reader.inspect(name, stdin)
	if err != nil {
		s.unreadable(source{file: name}, err)
		if kindOf(err) == Vanished {
			return // there is no file to count
		}
	}
	s.take(source{file: name}, result)
	s.book(before, result)
}

// absolute is the path that pays for a named file.
func absolute(name string) string {
	if path, err := filepath.Abs(name); name != Stdin && err == nil {
		return path
	}
	return os.Stdin.Name()
}

func (r *reader) inspect(name string, stdin io.Reader) (found.Result, error) {
	input := stdin
	if name != Stdin {
		file, err := os.Open(name)
		if err != nil {
			return found.Result{}, err
		}
		defer file.Close()
		input = file
	}
	// The size of a pipe is not known before its end.
	contents, err := io.ReadAll(io.LimitReader(input, DefaultMaxFileSize+1))
	defer clear(contents)
	if err != nil {
		return found.Result{}, err
	}
	return r.parse(bytes.NewReader(contents), name, int64(len(contents)), DefaultMaxFileSize)
}
