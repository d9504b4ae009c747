package agent

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/atomicfile"
	"cert-health/internal/report"
)

// findingsFiles are the status files with findings, each with the alert classes in it. The job's
// scripts and monit name the same files, which a spec checks. Nothing writes to it.
var findingsFiles = []struct {
	name    string
	classes []alert.Class
}{
	{"expired", []alert.Class{alert.Expired}},
	{"expiring", []alert.Class{alert.Expiring}},
	{"drift", []alert.Class{alert.Drift, alert.NotLoaded}},
	{"unverified", []alert.Class{alert.Unverified}},
}

// heartbeat is the status file with the time of the last scan.
const heartbeat = "heartbeat"

// statusFiles is the sink that writes the report, and the status files that monit watches.
type statusFiles struct {
	dir     dataDir
	written [sha256.Size]byte // the digest of the last report, without its times
	well    bool              // all files of the last report were written
}

// Publish writes the files that have changed, and the heartbeat last. A file that cannot
// be written does not stop the others, but then there is no heartbeat, which monit reports.
//
// The heartbeat holds the time of the last scan. It is written again while a scan takes long, so
// that the time of the file tells that the agent lives; not before the first report, for an agent
// that crashes in its first scan would look alive. Nor in a data directory that was removed: the
// files of the next report come first.
func (f *statusFiles) Publish(_ context.Context, s Snapshot) error {
	if !s.NewReport {
		if _, err := os.Stat(f.dir.status(heartbeat)); err != nil || !f.well || s.State.Failing {
			return errNothingToDo
		}
		return f.beat(s)
	}
	err := f.writeReport(s.Report)
	for _, file := range findingsFiles {
		var items []report.Item
		for _, class := range file.classes {
			items = append(items, s.Items[class]...)
		}
		err = errors.Join(err, f.write(file.name, report.Lines(items)))
	}
	if f.well = err == nil; err != nil {
		return err
	}
	return f.beat(s)
}

// beat writes the heartbeat.
func (f *statusFiles) beat(s Snapshot) error {
	return atomicfile.Write(f.dir.status(heartbeat), fileMode, []byte(s.State.Scanned.UTC().Format(time.RFC3339Nano)+"\n"))
}

func (f *statusFiles) write(name, contents string) error {
	return atomicfile.Update(f.dir.status(name), fileMode, []byte(contents))
}

// writeReport writes report.json if more has changed than the time of the check.
func (f *statusFiles) writeReport(r *report.Report) error {
	r = r.Bounded()
	timeless := *r
	timeless.CheckedAt, timeless.DurationMS = time.Time{}, 0
	var contents bytes.Buffer
	if err := timeless.WriteJSON(&contents); err != nil {
		return err
	}
	digest := sha256.Sum256(contents.Bytes())
	if _, err := os.Stat(f.dir.report()); err == nil && digest == f.written {
		return nil
	}
	contents.Reset()
	if err := r.WriteJSON(&contents); err != nil {
		return err
	}
	if err := atomicfile.Update(f.dir.report(), fileMode, contents.Bytes()); err != nil {
		return err
	}
	f.written = digest
	return nil
}
