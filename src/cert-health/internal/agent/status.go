package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"cert-health/internal/report"
)

// deadAfter is how long an agent may be silent before it counts as hung or dead.
// monit's check of the heartbeat speaks up within the same time.
const deadAfter = 15 * time.Minute

// Status is what an agent left in its data folder.
type Status struct {
	Report  *report.Report // its last one
	Scanned time.Time      // when it last completed a scan; zero when it never did
	Running bool           // it holds its lock
	Alive   bool           // and has scanned lately
}

// ReadStatus reads the status of the agent with that data folder. Without a report
// it returns an error that says where one was looked for.
func ReadStatus(dataDir string, now time.Time) (*Status, error) {
	data := folder(dataDir)
	contents, err := os.ReadFile(data.report())
	if err != nil {
		return nil, fmt.Errorf("read the agent's last report: %w; is the agent running, and may you read it (root or group vcap)?", err)
	}
	s := &Status{Report: &report.Report{}}
	if err := json.Unmarshal(contents, s.Report); err != nil {
		return nil, fmt.Errorf("read %s: it is no report: %w", data.report(), err)
	}
	if beat, err := os.ReadFile(data.status(heartbeat)); err == nil {
		s.Scanned, _ = time.Parse(time.RFC3339Nano, strings.TrimSpace(string(beat)))
	}
	s.Running = running(data)
	s.Alive = s.Running && now.Sub(s.Scanned) < deadAfter
	return s, nil
}

// running tells whether somebody holds the lock, without disturbing the holder:
// a lock that can be taken is given back at once.
func running(data folder) bool {
	if _, err := os.Stat(data.lock()); err != nil {
		return false
	}
	held, err := tryLock(data.lock())
	if err == nil {
		held.release()
	}
	return errors.Is(err, errLocked)
}
