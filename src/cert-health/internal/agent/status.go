package agent

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"cert-health/internal/atomicfile"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
)

// Status is the status of an agent, read from its data directory.
type Status struct {
	Report   *report.Report // the last one; nil before the first scan of the first agent
	Started  time.Time      // when the agent started; zero if that is not known
	Scanned  time.Time      // when the last scan was completed; zero before the first
	Running  bool           // the agent holds its lock
	Alive    bool           // it runs, and has shown lately that it lives
	Slow     bool           // it is alive, and has not completed a scan lately
	Starting bool           // it runs, started lately, and has not completed a scan
	Full     bool           // the disk of its data directory is full: it cannot write what it finds
}

// ReadStatus reads the status of the agent with that data directory. Without a report it
// returns an error that names the file, unless the agent is starting. Other processes of the
// agent's user can write to the directory, so ReadStatus trusts nothing in it.
func ReadStatus(dir string, now time.Time) (*Status, error) {
	data := dataDir(dir)
	s := &Status{Running: data.locked(), Started: data.readTime(lockFile), Scanned: data.readTime(statusDir + "/" + heartbeat)}
	fresh := metrics.State{Scanned: s.Scanned}.Fresh(now)
	past := !s.Scanned.IsZero() && s.Scanned.Before(now) // a time in the future is not one of this agent
	s.Slow = s.Running && !fresh && past && metrics.State{Scanned: data.modified(statusDir + "/" + heartbeat)}.Fresh(now)
	s.Alive = s.Running && fresh || s.Slow
	s.Full = data.full()
	s.Starting = s.Running && !s.Alive && metrics.State{Scanned: s.Started}.Fresh(now)
	contents, err := atomicfile.Read(dir, reportFile, maxReport)
	if s.Starting && errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the agent's last report: %w; check that the agent is running, and that you may read the file (root or group vcap)", err)
	}
	if s.Report, err = report.Parse(contents); err != nil {
		return nil, fmt.Errorf("read %s: %w", data.report(), err)
	}
	return s, nil
}

// readTime reads the time in a file; zero if there is none.
func (d dataDir) readTime(name string) time.Time {
	contents, _ := atomicfile.Read(string(d), name, maxTime)
	at, _ := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(contents)))
	return at
}

// modified is when a file was written; zero if that is not known.
func (d dataDir) modified(name string) time.Time {
	file, err := atomicfile.Open(string(d), name)
	if err != nil {
		return time.Time{}
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// least is the free space below which a report may not fit, in bytes.
const least = 256 << 10

// full tells whether the agent's user finds too little space to write a report, or no place for another file. A
// file system that does not count files has none.
func (d dataDir) full() bool {
	var fs syscall.Statfs_t
	if syscall.Statfs(string(d), &fs) != nil {
		return false
	}
	return fs.Bavail*uint64(fs.Bsize) < least || fs.Files > 0 && fs.Ffree == 0
}

// locked tells whether an agent holds the lock. It does not disturb that agent: if the lock
// is free, it is shared for a moment.
func (d dataDir) locked() bool {
	file, err := atomicfile.Open(string(d), lockFile)
	if err != nil {
		return false
	}
	defer file.Close()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}
