package repair

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// errChanged says that another process has written a file.
var errChanged = errors.New("another process changed it meanwhile: run the command again")

// change is a file that gets other contents.
type change struct {
	*Record
	expect   string // the digest of what it must hold now
	contents []byte
	suffix   string // of the name of its temporary file
}

// temporary is the name of a new file beside the old one. Programs that read all files of a directory skip names that begin
// with a dot.
func (r *Record) temporary(suffix string) string { return "." + r.Name + "." + suffix }

// prepare writes the new file beside the old one, with its owner, mode and attributes, and waits until it is on the disk.
func (c *change) prepare() error {
	dir, err := os.OpenRoot(c.Directory)
	if err != nil {
		return err
	}
	defer dir.Close()
	name := c.temporary(c.suffix)
	file, err := dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(c.contents)
	for _, next := range []func() error{
		func() error { return c.dress(dir, file) },
		file.Sync,
		file.Close,
	} {
		if err == nil {
			err = next()
		}
	}
	if err != nil {
		_ = file.Close()
		_ = dir.Remove(name)
	}
	return err
}

// swap puts the prepared file in the place of the old one, if that holds what is expected. The two files are exchanged and
// the old one is read after that, so that nothing which another process wrote in between is lost.
func (c *change) swap(step func(string)) error {
	dir, err := os.OpenRoot(c.Directory)
	if err != nil {
		return err
	}
	defer dir.Close()
	if held, err := c.holds(dir, c.Name); err != nil || !held {
		return errors.Join(err, notHeld(held))
	}
	name := c.temporary(c.suffix)
	if err := exchange(dir, name, c.Name); err != nil {
		return err
	}
	step("exchange")
	held, err := c.holds(dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return syncDirectory(dir) // a file system that cannot exchange files
	}
	if err != nil || !held {
		return errors.Join(err, notHeld(held), exchange(dir, name, c.Name))
	}
	if err := dir.Remove(name); err != nil {
		return err
	}
	step("remove")
	return syncDirectory(dir)
}

func notHeld(held bool) error {
	if held {
		return nil
	}
	return errChanged
}

func (c *change) holds(dir *os.Root, name string) (bool, error) {
	contents, _, err := readIn(dir, name)
	defer clear(contents)
	return sum(contents) == c.expect, err
}

// exchange exchanges two names in one step, or, where the file system cannot do that, replaces the second by the first.
func exchange(dir *os.Root, from, to string) error {
	handle, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer handle.Close()
	fd := int(handle.Fd())
	err = unix.Renameat2(fd, from, fd, to, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return dir.Rename(from, to)
	}
	return err
}

func syncDirectory(dir *os.Root) error {
	handle, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer handle.Close()
	return handle.Sync()
}
