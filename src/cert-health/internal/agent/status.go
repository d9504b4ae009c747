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
	Report  *report.Report // the last one
	Scanned time.Time      // when the last scan was completed; zero before the first
	Running bool           // the agent holds its lock
	Alive   bool           // it runs, and has completed a scan lately
}

// ReadStatus reads the status of the agent with that data directory. Without a report it
// returns an error that names the file.
func ReadStatus(dir string, now time.Time) (*Status, error) {
	data := dataDir(dir)
	contents, err := os.ReadFile(data.report())
	if err != nil {
		return nil, fmt.Errorf("read the agent's last report: %w; check that the agent is running, and that you may read the file (root or group vcap)", err)
	}
	s := &Status{Report: &report.Report{}}
	if err := json.Unmarshal(contents, s.Report); err != nil {
		return nil, fmt.Errorf("read %s: it is not a valid report: %w", data.report(), err)
	}
	if beat, err := os.ReadFile(data.status(heartbeat)); err == nil {
		s.Scanned, _ = time.Parse(time.RFC3339Nano, strings.TrimSpace(string(beat)))
	}
	s.Running = data.locked()
	s.Alive = s.Running && metrics.State{Scanned: s.Scanned}.Fresh(now)
	return s, nil
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
