package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"cert-health/internal/atomicfile"
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
		atomicfile.RemoveTemporary(name)
	}
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
