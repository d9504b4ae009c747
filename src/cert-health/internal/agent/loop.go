package agent

import (
	"context"
	"hash/fnv"
	"maps"
	"reflect"
	"slices"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/internal/alert"
	"cert-health/internal/check"
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
	checker    check.Checker
	instance   config.Instance
	follower   *reference.Follower // nil without a store
	unprepared error               // why there is none although one is configured
	scanner    *discover.Scanner
	publisher  publisher
	exposition exposition
	mailer     mailer
	memory     memory
	changes    changes
	started    time.Time
	reread     time.Time // when all files were last read

	inventory  *discover.Inventory // of the last scan; nil before the first
	deploying  bool                // it saw other trees than the one before
	scans      uint64
	scanned    time.Time     // when the last scan was completed
	duration   time.Duration // of the last scan
	comparison check.Comparison
	compared   chan compared
	comparing  bool
	delivered  chan delivery
	delivering bool
	observer   *check.Observer // nil when handshakes are disabled
	seen       check.Observation
	observed   chan observed
	observing  bool

	scanTimer    clock.Timer
	compareTimer clock.Timer
}

func (l *loop) run(ctx context.Context) {
	l.Log.Info(logTag, "%s", l.describe())
	settings := &l.checker.Config.Agent
	l.expose(ctx)
	l.scanTimer = l.Clock.NewTimer(l.jitter(time.Duration(settings.ScanInterval) / 5))
	l.compareTimer = l.Clock.NewTimer(l.nextCompare()) // the first scan brings it forward
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
		case o := <-l.observed:
			l.observing = false
			l.see(ctx, o)
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
	if l.observing {
		<-l.observed
	}
	if l.inventory != nil {
		l.remember() // until when the files were watched
	}
	l.exposition.end()
	l.Log.Info(logTag, "ended")
}

// firstCompare spreads the VMs of a deploy, which start their agents at once, over
// the interval: each has its own place in it, by its name.
func (l *loop) firstCompare() time.Duration {
	interval := time.Duration(l.checker.Config.Agent.CompareInterval)
	if l.Jitter != nil || l.instance.ID == "" {
		return l.jitter(interval)
	}
	return Spread(l.instance.Group+"/"+l.instance.ID, interval)
}

// Spread is the place of a VM within an interval.
func Spread(instance string, interval time.Duration) time.Duration {
	digest := fnv.New64a()
	_, _ = digest.Write([]byte(instance)) // it never fails
	return time.Duration(digest.Sum64() % uint64(max(interval, 1)))
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
		l.checker.Forget() // it would keep what the scanner forgot
		l.reread = now
	}
	inventory, err := l.scanner.Scan(ctx)
	if ctx.Err() != nil {
		return
	}
	l.exposition.failing = err != nil
	if l.changes.failure(l.Log, "scan", err); err != nil {
		l.exposition.tally.Failed()
		l.expose(ctx)
		return // no heartbeat: monit will tell
	}
	l.exposition.tally.Scanned(inventory.Problems)
	if l.inventory == nil {
		l.compareTimer.Reset(l.firstCompare())
	}
	l.deploying = l.inventory != nil && !slices.Equal(l.inventory.Trees, inventory.Trees)
	l.inventory = inventory
	l.scans++
	l.scanned = l.Clock.Now()
	l.duration = l.scanned.Sub(now)
	if l.memory.Arrivals.note(inventory.Deployed, l.scanned) {
		l.remember()
	}
	l.publish(ctx)
	l.observe(ctx)
}

// observed is what came of a look at the VM's processes.
type observed struct {
	observer *check.Observer
	check.Observation
}

// observe looks at what processes show, beside the loop. While a deploy is under way,
// files and processes differ as they must.
func (l *loop) observe(ctx context.Context) {
	if l.observing || l.deploying || l.observer == nil {
		return
	}
	l.observing = true
	o, deployed, arrivals := l.observer, l.inventory.Deployed, l.memory.Arrivals.list()
	go func() { l.observed <- observed{o, o.Observe(ctx, deployed, arrivals)} }()
}

// see takes in what was observed.
func (l *loop) see(ctx context.Context, o observed) {
	if l.memory.Arrivals.settle(o.Arrivals, o.Processes) {
		l.remember()
	}
	if o.observer != l.observer || ctx.Err() != nil || reflect.DeepEqual(o.Observation, l.seen) {
		return
	}
	l.seen = o.Observation
	l.publish(ctx)
}

// compared is what came of asking the store.
type compared struct {
	follower  *reference.Follower
	knowledge *reference.Knowledge
	answer    *reference.Answer
}

// compare asks Vault, beside the loop.
func (l *loop) compare(ctx context.Context) {
	if l.comparing || l.inventory == nil || l.checker.Config.Vault.Address == "" {
		return
	}
	if l.follower == nil {
		l.comparison = check.NotPrepared(l.unprepared)
		l.changes.vault(l.Log, l.comparison)
		return
	}
	l.comparing = true
	follower, deployed := l.follower, l.seen.ToCompare(l.inventory)
	timeout := time.Duration(l.checker.Config.Vault.Timeout)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		knowledge, answer := follower.Ask(ctx, deployed)
		l.compared <- compared{follower, knowledge, answer}
	}()
}

// take learns from what the store said. One that does not answer takes nothing away of
// what is known.
func (l *loop) take(c compared) {
	if c.follower != l.follower {
		return // another store is configured meanwhile, or none
	}
	now := l.Clock.Now()
	l.memory.count(c.answer.Requests, now)
	l.exposition.requests += uint64(c.answer.Requests)
	l.memory.Knowledge = c.knowledge
	l.comparison = check.Compared(c.knowledge, c.answer, l.memory.requestsDay())
	l.remember()
	l.changes.vault(l.Log, l.comparison)
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
	l.seen.Arrivals = l.memory.Arrivals.list()
	r := l.checker.Report(check.Results{
		Instance: l.instance, Inventory: l.inventory, Comparison: l.comparison, Observation: l.seen, Duration: l.duration,
	})
	items := l.publisher.items(r, l.scans, l.deploying)
	l.changes.findings(l.Log, r)
	l.exposition.report = r
	l.expose(ctx)
	l.changes.failure(l.Log, "publish", l.publisher.publish(r, items, l.scanned))
	if l.mailer == nil || l.delivering {
		return
	}
	settings := l.checker.Config.Alerts
	n := notifier{
		quietUntil:  l.started.Add(time.Duration(settings.QuietAfterStart)),
		remindAfter: time.Duration(settings.RemindAfter),
	}
	alerts := n.due(items, l.memory.Alerts, now)
	if len(alerts) == 0 {
		return
	}
	keys := map[alert.Class]string{}
	for class, current := range items {
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
