package agent

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// fileMode lets group vcap read what the agent writes: public data all of it.
const fileMode = 0o640

// folder is the agent's data folder.
type folder string

func (f folder) report() string            { return filepath.Join(string(f), "report.json") }
func (f folder) memory() string            { return filepath.Join(string(f), "memory.json") }
func (f folder) lock() string              { return filepath.Join(string(f), "lock") }
func (f folder) status(name string) string { return filepath.Join(string(f), "status", name) }

// heartbeat is the status file that carries the time of the last scan.
const heartbeat = "heartbeat"

// prepare makes the folders. The job's pre-start has done so before.
func (f folder) prepare() error {
	return os.MkdirAll(filepath.Dir(f.status(heartbeat)), 0o750)
}

// sweep removes what an agent that was killed while it wrote has left behind. Only
// the holder of the lock may call it.
func (f folder) sweep() {
	for _, name := range []string{f.report(), f.memory(), f.status("expired"), f.status("expiring"), f.status("drift"), f.status(heartbeat)} {
		// The pattern is well-formed, and a file that cannot be removed does no harm.
		left, _ := filepath.Glob(temporaryOf(name) + "*")
		for _, file := range left {
			_ = os.Remove(file)
		}
	}
}

// temporaryOf is how the temporary files beside a file begin.
func temporaryOf(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-")
}

// replace writes a file in one piece: whoever reads it sees the old contents or
// the new. A file that has these contents already is left alone.
func replace(path string, contents []byte) error {
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, contents) {
		return nil
	}
	if err := write(path, contents); err != nil {
		return fmt.Errorf("write %s: %w", path, bare(err))
	}
	return nil
}

// write writes beside the file and moves the result over it.
func write(path string, contents []byte) error {
	temporary, err := os.CreateTemp(filepath.Dir(path), filepath.Base(temporaryOf(path)))
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name()) // there is none any more when all went well
	_, err = temporary.Write(contents)
	if err == nil {
		err = temporary.Chmod(fileMode)
	}
	if closed := temporary.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	return err
}

// bare is what the operating system said, without the temporary file's name: a
// failure that lasts has to read the same each time, to be logged once.
func bare(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// lock is held by the one agent of a VM.
type lock struct{ file *os.File }

// errLocked says that another agent is at work.
var errLocked = errors.New("another agent holds the lock")

// tryLock takes the lock, or returns errLocked.
func tryLock(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errLocked
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return &lock{file}, nil
}

func (l *lock) release() { _ = l.file.Close() }
