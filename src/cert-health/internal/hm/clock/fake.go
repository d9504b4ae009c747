package clock

import (
	"slices"
	"sync"
	"time"
)

// Fake is a clock that stands still until it is advanced.
type Fake struct {
	mu      sync.Mutex
	now     time.Time
	waiting []waiter
}

type waiter struct {
	until time.Time
	wake  chan time.Time
}

// NewFake returns a clock that stands at now.
func NewFake(now time.Time) *Fake { return &Fake{now: now} }

// Now is what the clock was set to.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// After sends when the clock was advanced by d.
func (f *Fake) After(d time.Duration) <-chan time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	w := waiter{until: f.now.Add(d), wake: make(chan time.Time, 1)}
	if d <= 0 {
		w.wake <- f.now
		return w.wake
	}
	f.waiting = append(f.waiting, w)
	return w.wake
}

// Advance moves the clock and wakes whoever has waited long enough.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
	f.waiting = slices.DeleteFunc(f.waiting, func(w waiter) bool {
		if w.until.After(f.now) {
			return false
		}
		w.wake <- f.now
		return true
	})
}

// Waiting is how many wait, so that a test can tell when it may go on.
func (f *Fake) Waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.waiting)
}
