package agent

import (
	"context"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
)

// loop is a running agent. Its state belongs to one goroutine. What waits for a network runs
// beside it: the comparison, the handshakes, and the sinks that send.
type loop struct {
	*Agent
	holding
	started   time.Time
	checker   check.Checker
	instance  report.Instance
	timers    timers
	scanning  scanning
	following following
	observing observing
	results
}

// holding is the data directory, and the lock on it.
type holding struct {
	dir  dataDir
	held *lock
}

// results are where the results of the agent go.
type results struct {
	memory       *memory
	failures     *failures
	findings     findingsLog
	confirmation confirmation
	sight        []byte // as last written, without its time
	sinks        sinks
	last         Snapshot
}

func (a *Agent) newLoop(configuration config.Config, dir dataDir) *loop {
	l := &loop{Agent: a, holding: holding{dir: dir}, started: a.Clock.Now(), checker: check.Checker{Root: a.Root, Now: a.Clock.Now},
		following: newFollowing(a.Log), observing: newObserving()}
	l.failures = newFailures(a.Log)
	l.findings.log = a.Log
	var err error
	if l.memory, err = readMemory(dir, a.Clock.Now(), l.failures); err != nil {
		a.Log.Warn(logTag, "%s; starting without it", err)
	}
	l.restoreSight()
	l.configure(configuration)
	return l
}

// configure puts a configuration into use.
func (l *loop) configure(configuration config.Config) {
	l.checker.Config = configuration
	l.instance = l.checker.Instance()
	l.follow()
	l.scanning.scanner = l.checker.Scanner()
	l.observing.restart(nil)
	if configuration.Served.Enabled {
		l.observing.restart(l.checker.Observer())
		l.observing.remember(l.memory.plainPorts())
	}
	l.sinks.replace(l.outlets(configuration))
}

func (l *loop) run(ctx context.Context) {
	l.Log.Info(logTag, "%s", l.describe())
	settings := &l.checker.Config.Agent
	l.publishState(ctx)
	l.timers = l.startTimers()
	defer l.end()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.timers.scan.C():
			l.scan(ctx)
			l.timers.scan.Reset(settings.ScanInterval)
		case <-l.timers.compare.C():
			l.compare(ctx)
			l.timers.compare.Reset(l.nextComparison())
		case a := <-l.following.answers:
			l.learn(a)
			l.publish(ctx)
		case o := <-l.observing.observations:
			l.observed(ctx, o)
		case <-l.Reload:
			l.reload()
		}
	}
}

// end waits for what still runs beside the loop. That is short, since the context has ended.
func (l *loop) end() {
	l.timers.stop()
	l.following.wait()
	l.observing.wait()
	l.sinks.replace(nil)
	if l.scanning.inventory != nil {
		l.memory.save() // the time until which the files were watched
	}
	l.Log.Info(logTag, "ended")
}

// publish makes a report of all that is known, and hands it to the sinks.
func (l *loop) publish(ctx context.Context) {
	if l.scanning.inventory == nil {
		return
	}
	l.observing.last.Earlier = l.memory.earlier()
	r := l.checker.Report(check.Results{
		Instance: l.instance, Inventory: l.scanning.inventory, Comparison: l.following.last, Observation: l.observing.last,
		Duration: l.scanning.duration,
	})
	l.saveSight(r)
	l.findings.update(r)
	items, open := l.confirmation.items(r, l.scanning.completed, l.scanning.view())
	open[alert.Drift] = open[alert.Drift] || l.following.last.Unanswered()
	open[alert.NotLoaded] = open[alert.NotLoaded] || l.observing.observer != nil && !l.observing.last.Made
	l.last = Snapshot{Report: r, Items: items, Open: open, NewReport: true}
	l.send(ctx)
}

// publishState hands a changed state to the sinks, with the report that they know already.
func (l *loop) publishState(ctx context.Context) {
	l.last.NewReport = false
	l.send(ctx)
}

func (l *loop) send(ctx context.Context) {
	l.last.At = l.Clock.Now()
	l.last.State = metrics.State{
		Version: l.Version, Scanned: l.scanning.scanned, Failing: l.scanning.failing, Errors: l.scanning.errors,
		Requests: l.following.requests, Served: l.observing.last.Made,
	}
	l.sinks.publish(ctx, l.last)
}
