package agent

import (
	"context"
	"maps"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/internal/alert"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
)

// rereadAfter is when every file is read again, changed or not.
const rereadAfter = time.Hour

// loop is a running agent. All of its state belongs to one goroutine; what waits
// for others, Vault and the mailbox, runs beside it, one of each at a time, and
// answers through a channel.
type loop struct {
	*Agent
	checker    Checker
	instance   config.Instance
	source     source
	unprepared error // why there is no source
	scanner    *discover.Scanner
	publisher  publisher
	mailer     mailer
	memory     memory
	changes    changes
	started    time.Time
	reread     time.Time // when all files were last read

	inventory  *discover.Inventory // of the last scan; nil before the first
	scans      uint64
	scanned    time.Time     // when the last scan was completed
	duration   time.Duration // of the last scan
	comparison comparison
	compared   chan comparison
	comparing  bool
	delivered  chan delivery
	delivering bool

	scanTimer    clock.Timer
	compareTimer clock.Timer
}

func newScanner(c *Checker) *discover.Scanner { return discover.NewScanner(c.discovery()) }

func (l *loop) run(ctx context.Context) {
	l.Log.Info(logTag, "%s", l.describe())
	settings := &l.checker.Config.Agent
	l.scanTimer = l.Clock.NewTimer(l.jitter(time.Duration(settings.ScanInterval) / 5))
	l.compareTimer = l.Clock.NewTimer(l.nextCompare())
	defer l.end()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.scanTimer.C():
			l.scan(ctx)
			l.scanTimer.Reset(time.Duration(settings.ScanInterval))
		case <-l.compareTimer.C():
			l.compare(ctx)
			l.compareTimer.Reset(l.nextCompare())
		case c := <-l.compared:
			l.comparing = false
			l.take(c)
			l.publish(ctx)
		case d := <-l.delivered:
			l.delivering = false
			l.booked(d)
		case <-l.Reload:
			l.reload()
		}
	}
}

// end waits for what still runs; the context has ended, so that is not long.
func (l *loop) end() {
	l.scanTimer.Stop()
	l.compareTimer.Stop()
	if l.comparing {
		<-l.compared
	}
	if l.delivering {
		<-l.delivered
	}
	l.Log.Info(logTag, "ended")
}

// nextCompare is the interval with a random fifth more.
func (l *loop) nextCompare() time.Duration {
	interval := time.Duration(l.checker.Config.Agent.CompareInterval)
	return interval + l.jitter(interval/5)
}

func (l *loop) scan(ctx context.Context) {
	now := l.Clock.Now()
	if now.Sub(l.reread) >= rereadAfter {
		l.scanner.Forget()
		l.reread = now
	}
	inventory, err := l.scanner.Scan(ctx)
	if ctx.Err() != nil {
		return
	}
	if l.changes.failure(l.Log, "scan", err); err != nil {
		return // no heartbeat: monit will tell
	}
	first := l.inventory == nil
	l.inventory = inventory
	l.scans++
	l.scanned = l.Clock.Now()
	l.duration = l.scanned.Sub(now)
	if first || l.strangers() {
		l.compareTimer.Reset(l.jitter(time.Duration(l.checker.Config.Agent.ScanInterval) / 2))
	}
	l.publish(ctx)
}

// strangers tells whether a certificate turned up that a Vault which answers was
// not asked about.
func (l *loop) strangers() bool {
	if l.comparison.snapshot.State != reference.OK || l.comparing {
		return false
	}
	for _, deployed := range l.inventory.Deployed {
		if _, known := l.comparison.references[deployed.Certificate.Fingerprint]; !known {
			return true
		}
	}
	return false
}

// compare asks Vault, beside the loop.
func (l *loop) compare(ctx context.Context) {
	if l.comparing || l.inventory == nil || l.checker.Config.Vault.Address == "" {
		return
	}
	l.comparing = true
	checker, source, unprepared, deployed := l.checker, l.source, l.unprepared, l.inventory.Deployed
	go func() { l.compared <- checker.compare(ctx, source, unprepared, deployed) }()
}

// take learns from a Vault that answered, and remembers what it last said when it
// does not.
func (l *loop) take(c comparison) {
	if l.checker.Config.Vault.Address == "" {
		return // switched off meanwhile
	}
	if c.snapshot.State == reference.OK {
		l.memory.learn(c)
		l.comparison = c
		l.remember()
	} else {
		problems := c.snapshot.Problems
		l.comparison = l.memory.comparison(c.snapshot.Error)
		l.comparison.snapshot.Problems = problems
	}
	l.changes.vault(l.Log, l.comparison.snapshot)
}

func (l *loop) remember() {
	l.changes.failure(l.Log, "memory", l.memory.save(l.publisher.folder.memory()))
}

// publish makes the report of what is known, and writes and tells what is new.
func (l *loop) publish(ctx context.Context) {
	if l.inventory == nil {
		return
	}
	now := l.Clock.Now()
	r := l.checker.report(l.instance, l.inventory, l.comparison, l.duration)
	concerns := l.publisher.concerns(r, l.scans)
	l.changes.findings(l.Log, r)
	l.changes.failure(l.Log, "publish", l.publisher.publish(r, concerns, l.scanned))
	if l.mailer == nil || l.delivering {
		return
	}
	settings := l.checker.Config.Alerts
	n := notifier{
		quietUntil:  l.started.Add(time.Duration(settings.QuietAfterStart)),
		remindAfter: time.Duration(settings.RemindAfter),
	}
	alerts := n.due(concerns, l.memory.Alerts, now)
	if len(alerts) == 0 {
		return
	}
	keys := map[alert.Class]string{}
	for class, current := range concerns {
		keys[class] = keyOf(current)
	}
	l.delivering = true
	mailer := l.mailer
	go func() { l.delivered <- deliver(ctx, mailer, alerts, keys) }()
}

// booked notes which alerts were handed over. The others are tried again after
// the next scan.
func (l *loop) booked(d delivery) {
	before := maps.Clone(l.memory.Alerts)
	d.book(l.memory.Alerts, l.Clock.Now())
	if !maps.Equal(before, l.memory.Alerts) {
		l.remember()
	}
	l.changes.failure(l.Log, "alert", d.failed)
}
