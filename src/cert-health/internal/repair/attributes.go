package repair

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// dress gives the new file what the old one has.
func (c *change) dress(dir *os.Root, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	own, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(own.Uid) != c.UID || int(own.Gid) != c.GID {
		if err := file.Chown(c.UID, c.GID); err != nil {
			return err
		}
	}
	old, err := dir.OpenFile(c.Name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer old.Close()
	if err := attributes(old, file); err != nil {
		return err
	}
	return file.Chmod(c.Mode) // after the owner, whose change drops bits
}

// attributes copies the extended attributes, among them those of access lists.
func attributes(from, to *os.File) error {
	names := make([]byte, 64<<10)
	size, err := unix.Flistxattr(int(from.Fd()), names)
	if errors.Is(err, unix.ENOTSUP) || size == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("list its attributes: %w", err)
	}
	value := make([]byte, 64<<10)
	for _, name := range zeroTerminated(names[:size]) {
		n, err := unix.Fgetxattr(int(from.Fd()), name, value)
		if err == nil {
			err = unix.Fsetxattr(int(to.Fd()), name, value[:n], 0)
		}
		if err != nil {
			return fmt.Errorf("keep its attribute %s: %w", name, err)
		}
	}
	return nil
}

func zeroTerminated(names []byte) (list []string) {
	start := 0
	for i, b := range names {
		if b == 0 {
			list = append(list, string(names[start:i]))
			start = i + 1
		}
	}
	return list
}
