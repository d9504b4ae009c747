package collect

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"cert-health/hub/internal/inventory"
)

// worker collects one source.
type worker struct {
	Source
	collector *Collector
	now       chan struct{} // collect at once
	pauses    *backoff.ExponentialBackOff
	busy      chan struct{} // full while the source works; it is used by one goroutine

	mutex   sync.Mutex
	running bool
	next    time.Time
}

// The pauses after a failure grow from the first to the longest.
const (
	firstPause   = 10 * time.Second
	longestPause = 10 * time.Minute
)

func newWorker(c *Collector, s Source) *worker {
	if s.Interval <= 0 {
		s.Interval = DefaultInterval
	}
	if s.Timeout <= 0 {
		s.Timeout = min(s.Interval, DefaultTimeout)
	}
	return &worker{Source: s, collector: c, now: make(chan struct{}, 1), busy: make(chan struct{}, 1),
		pauses: newPauses(min(firstPause, s.Interval), min(longestPause, s.Interval))}
}

// newPauses are pauses with jitter, so that several sources and hubs do not ask at one moment.
func newPauses(first, longest time.Duration) *backoff.ExponentialBackOff {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = first, longest, 2
	pauses.Reset()
	return pauses
}

// run collects until the context ends. All waits are durations: a clock that is set back, or forward,
// neither stops the collections nor makes them more.
func (w *worker) run(ctx context.Context) {
	for wait := w.first(); ; wait = w.collect(ctx) {
		w.plan(wait)
		timer := w.collector.clock.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-w.now:
		case <-timer.C():
		}
		timer.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// spread is the longest random wait before the first collection.
const spread = 5 * time.Second

// first is the wait before the first collection: a random part of the interval, but not much of it as
// long as nothing, or nothing recent, is known of the source.
func (w *worker) first() time.Duration {
	jitter := rand.N(min(spread, w.Interval))
	since := w.collector.clock.Now().Sub(w.last())
	if since < 0 || since >= w.Interval || !w.complete() {
		return jitter
	}
	return min(w.Interval, w.Interval-since+jitter)
}

// complete tells whether the last collection has all that this release wants to know.
func (w *worker) complete() bool {
	w.collector.mutex.Lock()
	defer w.collector.mutex.Unlock()
	return w.Type != director || w.collector.model.complete(w.Name)
}

// last is when the source was collected last.
func (w *worker) last() time.Time {
	w.collector.mutex.Lock()
	defer w.collector.mutex.Unlock()
	return w.collector.model.sources[w.Name].LastSuccess
}

func (w *worker) plan(wait time.Duration) {
	w.mutex.Lock()
	w.next = w.collector.clock.Now().Add(wait)
	w.mutex.Unlock()
	signal(w.collector.stir)
}

func (w *worker) setRunning(running bool) {
	w.mutex.Lock()
	w.running = running
	w.mutex.Unlock()
	signal(w.collector.stir)
}

// health completes the health in the database by the configuration, and by what happens now.
func (w *worker) health(stored inventory.Health) inventory.Health {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	stored.Name, stored.Type, stored.Interval, stored.Running = w.Name, w.Type, w.Interval, w.running
	if !w.next.IsZero() && w.collector.Leading() {
		stored.NextAttempt = w.next
	}
	return stored
}
