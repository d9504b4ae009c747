package agent

import (
	"hash/fnv"
	"time"

	"code.cloudfoundry.org/clock"
)

// timers are when the next scan, the next comparison and the next sign of life are due.
type timers struct{ scan, compare, life clock.Timer }

// firstScanWithin limits the random delay of the first scan, for which a deploy may wait.
const firstScanWithin = 12 * time.Second

// startTimers starts the timers. The first scan brings the first comparison forward.
func (l *loop) startTimers() timers {
	return timers{
		scan:    l.Clock.NewTimer(l.jitter(min(l.checker.Config.Agent.ScanInterval/5, firstScanWithin))),
		compare: l.Clock.NewTimer(l.nextComparison()),
		life:    l.Clock.NewTimer(lifeSign),
	}
}

// reset makes a scan due now, and a comparison after a while.
func (t timers) reset(compare time.Duration) {
	t.scan.Reset(0)
	t.compare.Reset(compare)
}

func (t timers) stop() {
	t.scan.Stop()
	t.compare.Stop()
	t.life.Stop()
}

// firstComparison spreads the VMs of a deploy, whose agents start at the same time, over the
// interval: each VM has a place in it that depends on its name. If an alert waits for the
// comparison, the interval is the time in which no alert is sent.
func (l *loop) firstComparison() time.Duration {
	interval := l.checker.Config.Agent.CompareInterval
	if len(l.last.Items) > 0 {
		interval = min(interval, l.checker.Config.Alerts.QuietAfterStart)
	}
	if l.Jitter != nil || l.instance.ID == "" {
		return l.jitter(interval)
	}
	return Spread(l.instance.Group+"/"+l.instance.ID, interval)
}

// Spread returns the place of a VM within an interval.
func Spread(instance string, interval time.Duration) time.Duration {
	digest := fnv.New64a()
	_, _ = digest.Write([]byte(instance)) // it never fails
	return time.Duration(digest.Sum64() % uint64(max(interval, 1)))
}

// nextComparison is the interval and up to a fifth more, at random.
func (l *loop) nextComparison() time.Duration {
	interval := l.checker.Config.Agent.CompareInterval
	return interval + l.jitter(interval/5)
}
