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

	success
	progress
}

// success is whether scans succeed.
type success struct {
	failing bool // the last attempt to scan failed
	errors  metrics.Tally
}

// progress is the scan that runs beside the loop.
type progress struct {
	running     bool
	began       time.Time
	results     chan scanned
	published   uint64    // the number of the last scan in a report
	publishedAt time.Time // its time
}

// scanned is the result of a scan.
type scanned struct {
	scanner   *discover.Scanner
	inventory *discover.Inventory
	err       error
}

func newScanning() scanning { return scanning{progress: progress{results: make(chan scanned, 1)}} }

// view is the state in which a scan has seen the files.
func (s *scanning) view() view {
	if s.deploying {
		return deploying
	}
	return settled
}

// store stores the result of a scan that is completed now.
func (s *scanning) store(inventory *discover.Inventory, now time.Time) {
	s.errors.Scanned(inventory.Problems)
	s.keeper.Complete(inventory, now)
	s.deploying = s.inventory != nil && !slices.Equal(s.inventory.Trees, inventory.Trees)
	s.inventory = inventory
	s.completed++
	s.scanned = now
	s.duration = now.Sub(s.began)
}

// lifeSign is how often the agent shows that it lives, while a scan takes long.
const lifeSign = time.Minute

// live shows that the agent lives. While a scan takes long, it judges all that it knows as of now.
func (l *loop) live(ctx context.Context) {
	l.timers.life.Reset(lifeSign)
	if l.scanning.running || l.judging.running {
		l.publishState(ctx)
	}
	if l.scanning.running {
		l.judge(ctx)
	}
}

// scan begins a scan beside the loop. The next one is due when its result has been published.
func (l *loop) scan(ctx context.Context) {
	s := &l.scanning
	if s.running {
		return // a reload has asked for another one, which comes after it
	}
	s.running, s.began = true, l.Clock.Now()
	if s.began.Sub(s.reread) >= rereadAfter {
		s.scanner.Forget()
		l.judging.forget = true // it would keep what the scanner has forgotten
		s.reread = s.began
	}
	scanner := s.scanner
	go func() {
		inventory, err := scanner.Scan(ctx)
		s.results <- scanned{scanner, inventory, err}
	}()
}

// scanned takes the result of a scan.
func (l *loop) scanned(ctx context.Context, result scanned) {
	s := &l.scanning
	s.running = false
	if ctx.Err() != nil {
		return
	}
	if result.scanner != s.scanner {
		l.timers.scan.Reset(0) // a reload has changed what is scanned
		return
	}
	s.failing = result.err != nil
	if l.failures.note("scan", result.err); result.err != nil {
		s.errors.Failed()
		l.timers.scan.Reset(l.checker.Config.Agent.ScanInterval)
		l.publishState(ctx)
		return // without a heartbeat: monit reports that
	}
	s.store(result.inventory, l.Clock.Now())
	l.restore()
	if l.memory.noteArrivals(result.inventory.Deployed, s.scanned) {
		l.memory.save()
	}
	l.judge(ctx)
	l.observe(ctx)
}

// overdueAfter is the number of intervals after which a scan is too slow.
const overdueAfter = 3

// overdue is when the running scan began, if that is too long ago; otherwise zero.
func (l *loop) overdue() time.Time {
	s := &l.scanning
	if s.running && l.Clock.Since(s.began) >= max(overdueAfter*l.checker.Config.Agent.ScanInterval, lifeSign) {
		return s.began
	}
	return time.Time{}
}
