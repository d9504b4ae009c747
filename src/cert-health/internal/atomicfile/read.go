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

// Why a file is refused.
var (
	errNotRegular = errors.New("it is not a regular file")
	errOutside    = errors.New("it is a link to a file outside its directory")
	errLinked     = errors.New("it is a hard link to another file")
	errForeign    = errors.New("it belongs neither to the owner of its directory nor to root")
)

// Open opens a file for reading in a directory to which others may write: root reads files of
// the user vcap, and each process of vcap can replace them. It follows no link out of dir,
// waits for no pipe, and opens nothing but regular files of dir's owner or of root. name is
// relative to dir. The caller trusts dir itself.
func Open(dir, name string) (*os.File, error) {
	file, err := open(dir, name)
	if err != nil {
		return nil, failedRead(dir, name, err)
	}
	return file, nil
}

func open(dir, name string) (*os.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	// A root opens with O_NOFOLLOW. Without O_NONBLOCK, opening a pipe waits for its writer.
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		if !errors.As(err, new(syscall.Errno)) {
			err = errOutside
		}
		return nil, err
	}
	if err := ordinary(root, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// ordinary returns an error if neither root nor the owner of the directory can have written the
// file there.
func ordinary(root *os.Root, file *os.File) error {
	directory, err := root.Stat(".")
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	is, known := info.Sys().(*syscall.Stat_t)
	owner, ok := directory.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return errNotRegular
	case !known || !ok:
		return nil
	case is.Nlink > 1:
		return errLinked
	case is.Uid != owner.Uid && is.Uid != 0:
		return errForeign
	}
	return nil
}

// Read reads a file that Open opens. A file of more than limit bytes is an error. No error
// contains anything of the file's contents.
func Read(dir, name string, limit int64) ([]byte, error) {
	file, err := Open(dir, name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	contents, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(contents)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	if err != nil {
		return nil, failedRead(dir, name, err)
	}
	return contents, nil
}

// ReadRegular reads a file that its caller trusts, such as one that a flag or a setting names. It follows
// links, and waits for no pipe: only a regular file of at most limit bytes is read.
func ReadRegular(path string, limit int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("read %s: %w: name a regular file", path, errNotRegular)
	case info.Size() > limit:
		return nil, fmt.Errorf("read %s: it has more than %d bytes", path, limit)
	}
	return io.ReadAll(io.LimitReader(file, limit))
}

// ReadJSON is Read for a JSON document, which it decodes into value.
func ReadJSON(dir, name string, limit int64, value any) error {
	contents, err := Read(dir, name, limit)
	if err != nil {
		return err
	}
	if json.Unmarshal(contents, value) != nil {
		// The decoder's error can contain parts of the file.
		return failedRead(dir, name, errors.New("it is not a JSON document of the expected form"))
	}
	return nil
}

func failedRead(dir, name string, err error) error {
	return fmt.Errorf("read %s: %w", filepath.Join(dir, name), reason(err))
}

// reason drops the path from an error, because the caller names it.
func reason(err error) error {
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
