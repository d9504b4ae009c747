package agent

import (
	"context"
	"slices"
	"time"

	"cert-health/internal/check"
	"cert-health/internal/discover"
	"cert-health/internal/metrics"
)

// rereadAfter is how often every file is read again, changed or not.
const rereadAfter = time.Hour

// scanning is the scan of the files: the scanner, and the results of the last scan.
type scanning struct {
	scanner *discover.Scanner
	reread  time.Time // when all files were last read

	keeper    check.Keeper
	inventory *discover.Inventory // completed by the keeper; nil before the first scan
	deploying bool                // a deploy was under way: the jobs' directories had changed
	completed uint64              // scans
	scanned   time.Time           // when the last scan was completed
	duration  time.Duration

	failing bool // the last attempt to scan failed
	errors  metrics.Tally
}

// view is the state in which a scan has seen the files.
func (s *scanning) view() view {
	if s.deploying {
		return deploying
	}
	return settled
}

// store stores the result of a scan that began at a time and is completed now.
func (s *scanning) store(inventory *discover.Inventory, began, now time.Time) {
	s.errors.Scanned(inventory.Problems)
	s.keeper.Complete(inventory, now)
	s.deploying = s.inventory != nil && !slices.Equal(s.inventory.Trees, inventory.Trees)
	s.inventory = inventory
	s.completed++
	s.scanned = now
	s.duration = now.Sub(began)
}

func (l *loop) scan(ctx context.Context) {
	s, began := &l.scanning, l.Clock.Now()
	if began.Sub(s.reread) >= rereadAfter {
		s.scanner.Forget()
		l.checker.Forget() // it would keep what the scanner has forgotten
		s.reread = began
	}
	inventory, err := s.scanner.Scan(ctx)
	if ctx.Err() != nil {
		return
	}
	s.failing = err != nil
	if l.failures.note("scan", err); err != nil {
		s.errors.Failed()
		l.publishState(ctx)
		return // without a heartbeat: monit reports that
	}
	first := s.inventory == nil
	s.store(inventory, began, l.Clock.Now())
	l.restore()
	if l.memory.noteArrivals(inventory.Deployed, s.scanned) {
		l.memory.save()
	}
	l.publish(ctx)
	if first {
		l.timers.compare.Reset(l.firstComparison())
	}
	l.observe(ctx)
}
