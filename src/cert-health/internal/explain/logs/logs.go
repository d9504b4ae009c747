// Package logs opens logs: files, directories, standard input; compressed with gzip, and in archives of tar, as
// `bosh logs` downloads them. A log that cannot be read is a problem with a reason, and the others are read.
package logs

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Stdin is the name of standard input.
const Stdin = "-"

// The depths at which directories and archives within archives are not read any more.
const (
	maxDirectories = 20
	maxArchives    = 3
)

// Problem is a log that could not be read, or not to its end.
type Problem struct {
	Log    string `json:"log"`
	Reason string `json:"reason"`
}

// Walker reads logs.
type Walker struct {
	Stdin io.Reader
	// Read reads one log to its end. The name of standard input is empty.
	Read func(ctx context.Context, name string, log io.Reader) error

	problems []Problem
	seen     map[string]bool // directories, without links
}

// Walk reads all logs with these names, and returns what could not be read. It ends early if the context ends.
func (w *Walker) Walk(ctx context.Context, names []string) []Problem {
	w.seen = map[string]bool{}
	for _, name := range names {
		if name == Stdin {
			w.stream(ctx, "", w.Stdin, 0)
			continue
		}
		if name == "" {
			w.problems = append(w.problems, Problem{`""`, "it is not a name of a file: leave it out, or write - for standard input"})
			continue
		}
		w.path(ctx, name, 0)
	}
	return w.problems
}

// failed keeps why a log could not be read. Where it ended early is not said: what was read counts.
func (w *Walker) failed(name string, err error) {
	if name == "" {
		name = "standard input"
	}
	w.problems = append(w.problems, Problem{name, reason(err)})
}

func reason(err error) string {
	var path *fs.PathError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return "reading was interrupted"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it is compressed and not complete: it was read up to where it ends"
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

// path reads a file, or all files of a directory. depth is 0 for a name that the caller chose: only that may be a
// pipe or a device.
func (w *Walker) path(ctx context.Context, name string, depth int) {
	info, err := os.Stat(name)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.failed(name, err)
	case info.IsDir():
		w.directory(ctx, name, depth)
	case !info.Mode().IsRegular() && depth > 0:
		w.failed(name, errors.New("it is not a regular file"))
	default:
		w.file(ctx, name)
	}
}

func (w *Walker) directory(ctx context.Context, name string, depth int) {
	real, err := filepath.EvalSymlinks(name)
	if err != nil {
		w.failed(name, err)
		return
	}
	if w.seen[real] || depth > maxDirectories {
		return
	}
	w.seen[real] = true
	entries, err := os.ReadDir(name)
	if err != nil {
		w.failed(name, err)
	}
	for _, entry := range entries {
		w.path(ctx, filepath.Join(name, entry.Name()), depth+1)
	}
}

func (w *Walker) file(ctx context.Context, name string) {
	file, err := os.Open(name)
	if err != nil {
		w.failed(name, err)
		return
	}
	defer file.Close()
	w.stream(ctx, name, file, 0)
}

// The first bytes of what is not plain text.
const (
	gzipMagic = "\x1f\x8b"
	tarMagic  = "ustar"
	tarOffset = 257
)

// packed are the first bytes of what is compressed in ways that are not read.
func packed() map[string]string {
	return map[string]string{"BZh": "bzip2", "\xfd7zXZ": "xz", "\x28\xb5\x2f\xfd": "zstd", "PK\x03\x04": "zip"}
}

// stream reads a log, whatever it is packed in.
func (w *Walker) stream(ctx context.Context, name string, log io.Reader, depth int) {
	buffered := bufio.NewReaderSize(log, 1024)
	head, _ := buffered.Peek(6)
	var err error
	switch kind := packing(head); {
	case bytes.HasPrefix(head, []byte(gzipMagic)):
		err = w.gzip(ctx, name, buffered, depth)
	case kind != "":
		err = fmt.Errorf("it is compressed with %s, which is not read: unpack it first", kind)
	case w.isTar(buffered, head):
		err = w.tar(ctx, name, buffered, depth)
	default:
		err = w.Read(ctx, name, &whole{buffered, log})
	}
	if err != nil {
		w.failed(name, err)
	}
}

func packing(head []byte) string {
	for magic, kind := range packed() {
		if bytes.HasPrefix(head, []byte(magic)) {
			return kind
		}
	}
	return ""
}

// isTar waits for the first 262 bytes only if the first ones can be the name of a file in an archive: a stream may
// have less for long.
func (w *Walker) isTar(buffered *bufio.Reader, head []byte) bool {
	if len(head) < 4 || bytes.ContainsAny(head, "\n{<[ ") {
		return false
	}
	first, _ := buffered.Peek(tarOffset + len(tarMagic))
	return len(first) == tarOffset+len(tarMagic) && string(first[tarOffset:]) == tarMagic
}

// whole is a log whose first bytes were looked at. It reads the others without a second copy.
type whole struct {
	first *bufio.Reader
	rest  io.Reader
}

// Read reads what is buffered first.
func (r *whole) Read(into []byte) (int, error) {
	if n := r.first.Buffered(); n > 0 {
		return r.first.Read(into[:min(len(into), n)])
	}
	return r.rest.Read(into)
}

func (w *Walker) gzip(ctx context.Context, name string, log io.Reader, depth int) error {
	unpacked, err := gzip.NewReader(log)
	if err != nil {
		return err
	}
	if depth >= maxArchives {
		return errors.New("it is packed too often: unpack it first")
	}
	w.stream(ctx, name, unpacked, depth+1)
	return nil
}

func (w *Walker) tar(ctx context.Context, name string, log io.Reader, depth int) error {
	archive := tar.NewReader(log)
	for ctx.Err() == nil {
		entry, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if entry.Typeflag == tar.TypeReg && depth <= maxArchives {
			w.stream(ctx, name+"/"+entry.Name, archive, depth+1)
		}
	}
	return ctx.Err()
}
