package agent

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"cert-health/internal/atomicfile"
)

// fileMode lets group vcap read what the agent writes. All of it is public data.
const fileMode = 0o640

// dataDir is the agent's data directory.
type dataDir string

// The files in it.
const (
	reportFile = "report.json"
	memoryFile = "memory.json"
	lockFile   = "lock"
	statusDir  = "status"
)

// The largest files that are read, in bytes. A scan keeps at most 20,000 certificates. A report
// has one to three kilobytes for each, the memory less than one. The time of a scan has 31 bytes.
const (
	maxReport = 64 << 20
	maxMemory = 32 << 20
	maxTime   = 64
)

func (d dataDir) report() string            { return filepath.Join(string(d), reportFile) }
func (d dataDir) memory() string            { return filepath.Join(string(d), memoryFile) }
func (d dataDir) sight() string             { return filepath.Join(string(d), sightFile) }
func (d dataDir) sequence() string          { return filepath.Join(string(d), sequenceFile) }
func (d dataDir) lock() string              { return filepath.Join(string(d), lockFile) }
func (d dataDir) status(name string) string { return filepath.Join(string(d), statusDir, name) }

// create creates the directories. The job's pre-start has created them already.
func (d dataDir) create() error {
	return os.MkdirAll(filepath.Dir(d.status(heartbeat)), 0o750)
}

// removeTemporary removes the temporary files of an agent that was killed. Only the holder
// of the lock may call it.
func (d dataDir) removeTemporary() {
	for _, file := range []string{d.report(), d.memory(), d.sight(), d.sequence(), d.status(heartbeat)} {
		atomicfile.RemoveTemporary(file)
	}
	for _, file := range findingsFiles {
		atomicfile.RemoveTemporary(d.status(file.name))
	}
}

// lock is held by the one agent of a VM.
type lock struct{ file *os.File }

// errLocked says that another agent runs.
var errLocked = errors.New("another agent holds the lock")

// tryLock takes the lock, or returns errLocked.
func tryLock(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, fileMode)
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

// sign writes the time of the agent's start into the file of its lock. ReadStatus reads it; the
// agent does not depend on it, so an error is ignored.
func (l *lock) sign(started time.Time) {
	if l.file.Truncate(0) == nil {
		_, _ = l.file.WriteAt([]byte(started.UTC().Format(time.RFC3339Nano)+"\n"), 0)
	}
}

// removed tells whether the file of the lock was removed. A file that another file system
// covers for a while is still there.
func (l *lock) removed() bool {
	var held syscall.Stat_t
	return syscall.Fstat(int(l.file.Fd()), &held) == nil && held.Nlink == 0
}

// restore makes the data directory again if it was removed, with what the agent knows.
func (l *loop) restore() {
	err := l.dir.create()
	if err == nil && l.held.removed() {
		var taken *lock
		if taken, err = tryLock(l.dir.lock()); err == nil {
			l.held.release()
			l.held = taken
			l.held.sign(l.started)
			l.memory.save()
			l.sight = nil // to be written again
			l.Log.Warn(logTag, "%s was removed; it was made again", l.dir)
		}
	}
	if err != nil {
		err = fmt.Errorf("%w; run `monit restart cert-health`, which makes it as root", err)
	}
	l.failures.note("making the data directory again", err)
}

func (l *lock) release() { _ = l.file.Close() }
