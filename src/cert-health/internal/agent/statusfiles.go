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
	drift := append(append([]report.Item{}, s.Items[alert.Drift]...), s.Items[alert.NotLoaded]...)
	err := errors.Join(
		f.writeReport(s.Report),
		f.write("expired", report.Lines(s.Items[alert.Expired])),
		f.write("expiring", report.Lines(s.Items[alert.Expiring])),
		f.write("drift", report.Lines(drift)),
		f.write("unverified", report.Lines(s.Items[alert.Unverified])),
	)
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
