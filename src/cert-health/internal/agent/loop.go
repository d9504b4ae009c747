package agent

import (
	"context"
	"time"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
)

// loop is a running agent. Its state belongs to one goroutine, which never waits. What takes time
// runs beside it: the scan, the judgement, the comparison, the handshakes, and the sinks that send.
type loop struct {
	*Agent
	holding
	started   time.Time
	checker   *check.Checker // another one after a reload
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
	judging      judging
	confirmation confirmation
	sight        []byte         // as last written, without its time
	restored     *report.Report // findings of the agent before this one; nil if they are not known
	sinks        sinks
	last         Snapshot
}

func (a *Agent) newLoop(configuration config.Config, dir dataDir) *loop {
	l := &loop{Agent: a, holding: holding{dir: dir}, started: a.Clock.Now(),
		scanning: newScanning(), following: newFollowing(a.Log), observing: newObserving()}
	l.judging, l.scanning.keeper.Root = newJudging(), a.Root
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
	l.checker = &check.Checker{Config: configuration, Root: l.Root, Now: l.Clock.Now}
	l.instance = l.checker.Instance()
	l.follow()
	l.scanning.scanner = l.checker.Scanner()
	l.observing.restart(nil)
	if configuration.Served.Enabled {
		l.observing.restart(l.checker.Observer())
		l.observing.remember(l.memory.plainPorts(), l.memory.behind())
	}
	l.sinks.replace(l.outlets(configuration))
}

func (l *loop) run(ctx context.Context) {
	l.Log.Info(logTag, "%s", l.describe())
	l.publishState(ctx)
	l.timers = l.startTimers()
	defer l.end()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.timers.scan.C():
			l.scan(ctx)
		case <-l.timers.life.C():
			l.live(ctx)
		case s := <-l.scanning.results:
			l.scanned(ctx, s)
		case j := <-l.judging.results:
			l.publish(ctx, j)
		case <-l.timers.compare.C():
			l.compare(ctx)
			l.timers.compare.Reset(l.nextComparison())
		case a := <-l.following.answers:
			l.learn(a)
			l.judge(ctx)
		case o := <-l.observing.observations:
			l.observed(ctx, o)
		case <-l.Reload:
			l.reload()
		}
	}
}

// endWithin is how long the agent waits at its end for what runs beside the loop. What the end of
// the context does not end is an access to a file system that does not answer.
const endWithin = 500 * time.Millisecond

// end waits for what still runs beside the loop. That is short, since the context has ended.
func (l *loop) end() {
	l.timers.stop()
	late := time.After(endWithin)
	await(l.scanning.running, l.scanning.results, late)
	await(l.judging.running, l.judging.results, late)
	await(l.following.running, l.following.answers, late)
	await(l.observing.running, l.observing.observations, late)
	l.sinks.replace(nil)
	if l.scanning.inventory != nil {
		l.memory.save() // the time until which the files were watched
	}
	l.Log.Info(logTag, "ended")
}

// await waits for a result that is under way, and no longer than until it is late.
func await[T any](running bool, results <-chan T, late <-chan time.Time) {
	if !running {
		return
	}
	select {
	case <-results:
	case <-late:
	}
}

// publishState hands a changed state to the sinks, with the report that they know already.
func (l *loop) publishState(ctx context.Context) {
	l.last.NewReport = false
	l.send(ctx)
}

func (l *loop) send(ctx context.Context) {
	l.last.At = l.Clock.Now()
	l.last.State = metrics.State{
		Version: l.Version, Scanned: l.scanning.publishedAt, Failing: l.scanning.failing, Errors: l.scanning.errors,
		Requests: l.following.requests, Served: l.observing.last.Made,
	}
	l.sinks.publish(ctx, l.last)
}
