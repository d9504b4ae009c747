package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"cert-health/internal/metrics"
	"cert-health/internal/report"
)

// Status is the status of an agent, read from its data directory.
type Status struct {
	Report   *report.Report // the last one; nil before the first scan of the first agent
	Started  time.Time      // when the agent started; zero if that is not known
	Scanned  time.Time      // when the last scan was completed; zero before the first
	Running  bool           // the agent holds its lock
	Alive    bool           // it runs, and has completed a scan lately
	Starting bool           // it runs, started lately, and has not completed a scan
}

// ReadStatus reads the status of the agent with that data directory. Without a report it
// returns an error that names the file, unless the agent is starting.
func ReadStatus(dir string, now time.Time) (*Status, error) {
	data := dataDir(dir)
	s := &Status{Running: data.locked(), Started: readTime(data.lock()), Scanned: readTime(data.status(heartbeat))}
	s.Alive = s.Running && metrics.State{Scanned: s.Scanned}.Fresh(now)
	s.Starting = s.Running && !s.Alive && metrics.State{Scanned: s.Started}.Fresh(now)
	contents, err := os.ReadFile(data.report())
	if s.Starting && errors.Is(err, os.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the agent's last report: %w; check that the agent is running, and that you may read the file (root or group vcap)", err)
	}
	s.Report = &report.Report{}
	if err := json.Unmarshal(contents, s.Report); err != nil {
		return nil, fmt.Errorf("read %s: it is not a valid report: %w", data.report(), err)
	}
	return s, nil
}

// readTime reads the time in a file; zero if there is none.
func readTime(file string) time.Time {
	contents, _ := os.ReadFile(file)
	at, _ := time.Parse(time.RFC3339Nano, strings.TrimSpace(string(contents)))
	return at
}

// locked tells whether an agent holds the lock. It does not disturb that agent: if the lock
// is free, it is taken and given back at once.
func (d dataDir) locked() bool {
	if _, err := os.Stat(d.lock()); err != nil {
		return false
	}
	taken, err := tryLock(d.lock())
	if err == nil {
		taken.release()
	}
	return errors.Is(err, errLocked)
}
