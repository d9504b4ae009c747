package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"cert-health/internal/discover"
)

// Directory is where the old files and the journals are, on a VM. Only root can read it.
const Directory = "/var/vcap/data/cert-health/repair"

// Store keeps the old files of repairs, and a journal of each. It is locked: only one process has it.
type Store struct {
	dir  *os.Root
	path string // on this machine
	root string
	lock *os.File
	step func(name string) // for tests, which kill the program there
}

// Open opens the store of a VM, and makes it if it does not exist.
func Open(root string) (*Store, error) {
	real, err := discover.Resolve(root, path.Dir(Directory))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(real, 0o750); err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	defer parent.Close()
	name := path.Base(Directory)
	if err := parent.Mkdir(name, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	dir, err := parent.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, path: path.Join(real, name), root: root, step: func(string) {}}
	if err := s.secure(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// secure makes sure that the directory is the one of this user, because others may write beside it, and locks it.
func (s *Store) secure() error {
	info, err := s.dir.Stat(".")
	if err != nil {
		return err
	}
	if own, ok := info.Sys().(*syscall.Stat_t); !ok || int(own.Uid) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s does not belong to this user alone, so that private keys are not saved there: look who made it, and move it away", s.path)
	}
	if s.lock, err = s.dir.OpenFile("lock", os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600); err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.New("another repair is running on this VM: wait until it has ended")
	}
	return s.forget()
}

// forget removes the saved keys of repairs that ended before they had a journal: nothing had changed then.
func (s *Store) forget() error {
	entries, err := fs.ReadDir(s.dir.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.IsDir() || !strings.HasPrefix(entry.Name(), "2") {
			continue
		}
		if _, err := s.dir.Lstat(path.Join(entry.Name(), "journal.json")); errors.Is(err, fs.ErrNotExist) {
			if err := s.dir.RemoveAll(entry.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

// Close unlocks the store.
func (s *Store) Close() {
	if s.lock != nil {
		_ = s.lock.Close()
	}
	_ = s.dir.Close()
}

// save writes a file of the store that only this user can read.
func (s *Store) save(name string, contents []byte) error {
	_ = s.dir.Remove(name) // of a program that was killed
	file, err := s.dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(contents)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

func (s *Store) sync(name string) error {
	dir, err := s.dir.Open(name)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}
