package agent

import (
	"cmp"
	"context"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/check"
	"cert-health/internal/report"
)

// judging is the judgement of all that is known. It runs beside the loop, one at a time.
type judging struct {
	running bool
	again   bool // something has changed since the running judgement began
	forget  bool // the next judgement keeps nothing of those before it
	results chan judged
}

// judged is the result of a judgement.
type judged struct {
	checker *check.Checker
	report  *report.Report
	scan    uint64    // the number of the last scan at its beginning
	scanned time.Time // the time of that scan
	view    view      // of that scan
}

func newJudging() judging { return judging{results: make(chan judged, 1)} }

// judge makes a report of all that is known, beside the loop, and then publishes it.
func (l *loop) judge(ctx context.Context) {
	j := &l.judging
	if l.scanning.inventory == nil {
		return
	}
	if j.running {
		j.again = true
		return
	}
	j.running, j.again = true, false
	if j.forget {
		j.forget = false
		l.checker.Forget()
	}
	l.observing.last.Earlier = l.memory.earlier()
	known := check.Results{
		Instance: l.instance, Inventory: l.scanning.inventory, Comparison: l.following.last, Observation: l.observing.last,
		Duration: l.scanning.duration, Overdue: l.overdue(),
	}
	result := judged{checker: l.checker, scan: l.scanning.completed, scanned: l.scanning.scanned, view: l.scanning.view()}
	go func() {
		result.report = result.checker.Report(ctx, known)
		j.results <- result
	}()
}

// publish hands a report to the sinks.
func (l *loop) publish(ctx context.Context, j judged) {
	l.judging.running = false
	if ctx.Err() != nil {
		return // the report may be incomplete
	}
	if j.checker != l.checker {
		l.judge(ctx) // a reload has changed the configuration
		return
	}
	first := l.last.Report == nil
	j.report.Keep(cmp.Or(l.last.Report, l.restored))
	j.report.Hub = l.sinks.hub()
	l.saveSight(j.report)
	l.findings.update(j.report)
	items, open := l.confirmation.items(j.report, j.scan, j.view)
	if l.following.last.Unanswered() { // nor is it known what the source would show
		open[alert.Drift], open[alert.Unverified] = true, true
	}
	open[alert.NotLoaded] = open[alert.NotLoaded] || l.observing.observer != nil && !l.observing.last.Made
	if j.view == deploying { // a file that is missing may be on its way
		for _, class := range alert.Classes() {
			open[class] = true
		}
	}
	l.last = Snapshot{Report: j.report, Items: items, Open: open, NewReport: true}
	scanned := l.scanning.published != j.scan
	l.scanning.published, l.scanning.publishedAt = j.scan, j.scanned
	l.send(ctx)
	if scanned {
		l.timers.scan.Reset(l.checker.Config.Agent.ScanInterval)
	}
	if first {
		l.timers.compare.Reset(l.firstComparison())
	}
	if l.judging.again {
		l.judge(ctx)
	}
}
