package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"time"

	"cert-health/internal/atomicfile"
	"cert-health/internal/check"
	"cert-health/internal/report"
)

// sightFile is in the data directory. It tells the next agent what this one has seen and may not
// see again: a file may lose its access while no agent runs.
const sightFile = "sight.json"

// maxSightFile is more than the agent writes, in bytes.
const maxSightFile = 8 << 20

// restoreSight takes over what the agent before this one knew.
func (l *loop) restoreSight() {
	var sight check.Sight
	err := atomicfile.ReadJSON(string(l.dir), sightFile, maxSightFile, &sight)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err != nil {
		l.Log.Warn(logTag, "read what the agent saw before its start: %s; starting without it", err)
		return
	}
	at := l.memory.watchedUntil()
	if now := l.Clock.Now(); at.After(now) {
		at = now
	}
	l.scanning.keeper.Restore(sight, at)
	l.restored = sight.Findings(at)
}

// saveSight writes what the next agent must know, if that has changed.
func (l *loop) saveSight(r *report.Report) {
	sight := l.scanning.keeper.Sight(r)
	at := sight.At
	sight.At = time.Time{}
	contents, err := json.Marshal(sight)
	if err == nil && bytes.Equal(contents, l.sight) {
		return
	}
	if err == nil {
		l.sight, sight.At = contents, at
		contents, err = json.Marshal(sight)
	}
	if err == nil {
		err = atomicfile.Update(l.dir.sight(), fileMode, append(contents, '\n'))
	}
	if err != nil {
		l.sight = nil
	}
	l.failures.note("saving what the agent has seen", err)
}
