package agent

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/atomicfile"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// publisher writes the report and the status files that monit watches.
type publisher struct {
	folder  folder
	written [sha256.Size]byte // of the report's lasting contents
	// drifting are the items that need a second scan to be believed:
	// certificate and key are two writes.
	drifting map[string]drifting
}

// drifting is one of them.
type drifting struct {
	since     uint64 // the look that counts as its first; see sequence
	confirmed bool
}

// items returns what each class consists of after the scan of that number,
// confirmed by an earlier scan where that is needed. A scan that saw a deploy of this VM
// under way counts as the first, whatever was seen before.
func (p *publisher) items(r *report.Report, scan uint64, deploying bool) map[alert.Class][]report.Item {
	all := map[alert.Class][]report.Item{}
	now := map[string]drifting{}
	for _, class := range alert.Classes() {
		for _, item := range r.Items(class) {
			if class == alert.Drift || class == alert.NotLoaded {
				d := p.confirm(item.Key(), sequence(item, scan), deploying)
				now[item.Key()] = d
				if !d.confirmed {
					continue
				}
			}
			all[class] = append(all[class], item)
		}
	}
	p.drifting = now
	return all
}

// sequence is the number of the look that saw an item: the scan's or, for what a process
// shows, the time of the probe.
func sequence(c report.Item, scan uint64) uint64 {
	if c.Finding.Code == verdict.NotLoaded && c.Certificate.Served != nil {
		return uint64(c.Certificate.Served.SeenAt.Unix())
	}
	return scan
}

// confirm books that a look saw an item.
func (p *publisher) confirm(key string, look uint64, deploying bool) drifting {
	d, seen := p.drifting[key]
	if !seen || deploying && !d.confirmed {
		d.since = look
	}
	d.confirmed = d.confirmed || d.since < look
	return d
}

// publish writes what has changed, and the heartbeat in any case. What cannot be
// written does not keep the rest from being tried; without a heartbeat monit
// speaks up.
func (p *publisher) publish(r *report.Report, items map[alert.Class][]report.Item, scanned time.Time) error {
	drift := append(append([]report.Item{}, items[alert.Drift]...), items[alert.NotLoaded]...)
	err := errors.Join(
		p.report(r),
		atomicfile.Update(p.folder.status("expired"), fileMode, []byte(report.Lines(items[alert.Expired]))),
		atomicfile.Update(p.folder.status("expiring"), fileMode, []byte(report.Lines(items[alert.Expiring]))),
		atomicfile.Update(p.folder.status("drift"), fileMode, []byte(report.Lines(drift))),
	)
	if err != nil {
		return err
	}
	return atomicfile.Update(p.folder.status(heartbeat), fileMode, []byte(scanned.UTC().Format(time.RFC3339Nano)+"\n"))
}

// report writes report.json when more has changed than the time of day.
func (p *publisher) report(r *report.Report) error {
	lasting := *r
	lasting.CheckedAt, lasting.DurationMS = time.Time{}, 0
	var contents bytes.Buffer
	if err := lasting.WriteJSON(&contents); err != nil {
		return err
	}
	digest := sha256.Sum256(contents.Bytes())
	if digest == p.written {
		return nil
	}
	contents.Reset()
	if err := r.WriteJSON(&contents); err != nil {
		return err
	}
	if err := atomicfile.Update(p.folder.report(), fileMode, contents.Bytes()); err != nil {
		return err
	}
	p.written = digest
	return nil
}
