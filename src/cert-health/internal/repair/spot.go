package repair

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"syscall"

	"cert-health/internal/discover"
)

// maxFile is the size of the largest file that is written, in bytes. A scan reads no more of a file.
const maxFile = discover.DefaultMaxFileSize

// spot is where a file is on this machine, and what must be the same after it was replaced.
type spot struct {
	Directory string      `json:"directory"` // without links
	Name      string      `json:"name"`
	Mode      os.FileMode `json:"mode"`
	UID       int         `json:"uid"`
	GID       int         `json:"gid"`
}

// resolve finds a file by its path on the VM. The links of jobs stay below the root.
func resolve(root, vmPath string) (directory, name string, err error) {
	real, err := discover.Resolve(root, vmPath)
	if err != nil {
		return "", "", err
	}
	return path.Dir(real), path.Base(real), nil
}

// look reads a file by its path on the VM.
func look(root, vmPath string) (s spot, contents []byte, err error) {
	if s.Directory, s.Name, err = resolve(root, vmPath); err != nil {
		return s, nil, err
	}
	dir, err := os.OpenRoot(s.Directory)
	if err != nil {
		return s, nil, err
	}
	defer dir.Close()
	contents, info, err := readIn(dir, s.Name)
	if err != nil {
		return s, nil, err
	}
	s.Mode = info.Mode()
	if own, ok := info.Sys().(*syscall.Stat_t); ok {
		s.UID, s.GID = int(own.Uid), int(own.Gid)
		if own.Nlink > 1 {
			clear(contents)
			return s, nil, errors.New("it has a second name (a hard link), which would keep the old contents: let a deploy write it")
		}
	}
	return s, contents, nil
}

// readIn reads a regular file in a directory, and follows no link.
func readIn(dir *os.Root, name string) ([]byte, os.FileInfo, error) {
	file, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, nil, err
	case !info.Mode().IsRegular():
		return nil, nil, errors.New("it is not a regular file")
	case info.Size() > maxFile:
		return nil, nil, fmt.Errorf("it has more than %d MiB: let a deploy write it, or leave out its job by --job", maxFile>>20)
	}
	contents := make([]byte, info.Size())
	if _, err := io.ReadFull(file, contents); err != nil {
		clear(contents)
		return nil, nil, errors.New("it changed while it was read: run the command again")
	}
	return contents, info, nil
}

// sum identifies contents in a journal, which must not hold them.
func sum(contents []byte) string {
	digest := sha256.Sum256(contents)
	return hex.EncodeToString(digest[:])
}
