// Package atomicfile replaces files atomically: a reader sees the old contents or the new,
// and never a part of them. It also reads such files in directories to which others may write.
//
// The new contents go to a temporary file in the same directory, which is then renamed.
// Nothing is flushed to the disk: what is written here can be made again after a crash of
// the machine, and a flush would delay every write.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Write replaces the file at path with contents. The mode does not depend on the umask.
func Write(path string, mode os.FileMode, contents []byte) error {
	return WriteFunc(path, mode, func(w io.Writer) error {
		_, err := w.Write(contents)
		return err
	})
}

// Update is Write that leaves a file alone which has these contents already.
func Update(path string, mode os.FileMode, contents []byte) error {
	if old, err := Read(filepath.Dir(path), filepath.Base(path), int64(len(contents))); err == nil && bytes.Equal(old, contents) {
		return nil
	}
	return Write(path, mode, contents)
}

// WriteFunc replaces the file at path with what write writes. If write fails, the file
// stays as it is.
func WriteFunc(path string, mode os.FileMode, write func(io.Writer) error) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), prefix(path))
	if err != nil {
		return failure(path, err)
	}
	defer os.Remove(temporary.Name()) // it exists only after a failure
	err = write(temporary)
	if err == nil {
		err = temporary.Chmod(mode)
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return failure(path, err)
	}
	return nil
}

// RemoveTemporary removes the temporary files that a killed process left beside path. Call
// it only while no other process writes the file.
func RemoveTemporary(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path)) // a temporary file that stays does no harm
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), prefix(path)) {
			_ = os.Remove(filepath.Join(filepath.Dir(path), entry.Name()))
		}
	}
}

// prefix is the start of the name of each temporary file of path. It begins with a dot, so
// that programs which read all files of a directory skip it.
func prefix(path string) string { return "." + filepath.Base(path) + "-" }

// failure keeps the reason and drops the random name of the temporary file: an error that
// lasts reads the same each time, so that it is logged once.
func failure(path string, err error) error {
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	return fmt.Errorf("write %s: %w", path, reason(err))
}
