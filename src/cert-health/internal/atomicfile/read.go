package atomicfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// The reasons why a file is not read.
var (
	errNotRegular = errors.New("it is not a regular file")
	errLinked     = errors.New("it has more than one name")
	errForeign    = errors.New("it belongs neither to the owner of its directory nor to root")
)

// Read reads a file whose directory others may write to: root reads files of user vcap, which
// other processes of vcap can replace. It follows no link out of dir, waits for no pipe, and
// reads at most limit bytes; a larger file is an error. name is relative to dir, which the
// caller trusts. No error contains any content of the file.
func Read(dir, name string, limit int64) ([]byte, error) {
	contents, err := read(dir, name, limit)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(dir, name), reason(err))
	}
	return contents, nil
}

func read(dir, name string, limit int64) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// Without O_NONBLOCK, opening a pipe waits for its writer.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := ordinary(root, info); err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, tooLarge(limit)
	}
	contents, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(contents)) > limit {
		err = tooLarge(limit)
	}
	return contents, err
}

// ordinary returns an error if a file cannot be one that the owner of its directory or root
// has written there. A second name can be a hard link to a file of another directory.
func ordinary(root *os.Root, file os.FileInfo) error {
	directory, err := root.Stat(".")
	if err != nil {
		return err
	}
	is, ok := file.Sys().(*syscall.Stat_t)
	owner, known := directory.Sys().(*syscall.Stat_t)
	switch {
	case !file.Mode().IsRegular():
		return errNotRegular
	case !ok || !known:
		return nil
	case is.Nlink > 1:
		return errLinked
	case is.Uid != owner.Uid && is.Uid != 0:
		return errForeign
	}
	return nil
}

// ReadJSON is Read for a JSON document, which it stores in value.
func ReadJSON(dir, name string, limit int64, value any) error {
	contents, err := Read(dir, name, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(contents, value); err != nil {
		// The error of the decoder can contain parts of the file.
		return fmt.Errorf("read %s: it is not JSON of the expected form", filepath.Join(dir, name))
	}
	return nil
}

func tooLarge(limit int64) error { return fmt.Errorf("it has more than %d bytes", limit) }

// reason drops the path from an error, which the caller names.
func reason(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
