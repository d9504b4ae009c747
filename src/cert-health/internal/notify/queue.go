package notify

import (
	"context"
	"slices"
	"sync"
)

// queue holds the notices that wait for one receiver. It never blocks who puts one
// in: when it is full, the oldest goes, for the newest says most about the present.
type queue struct {
	capacity int
	// merge lets a newer notice take the place of an older one of the same
	// incident, for receivers that are told states and not stories.
	merge bool

	mu      sync.Mutex
	notices []Notice
	dropped uint64
	ready   chan struct{} // holds one token while there may be something to take
}

func newQueue(capacity int, merge bool) *queue {
	return &queue{capacity: capacity, merge: merge, ready: make(chan struct{}, 1)}
}

// put adds a notice and says whether another was dropped for it.
func (q *queue) put(n Notice) (dropped bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if at := q.find(n); at >= 0 {
		q.notices[at] = n
		return false
	}
	if len(q.notices) >= q.capacity {
		q.notices = slices.Delete(q.notices, 0, 1)
		q.dropped++
		dropped = true
	}
	q.notices = append(q.notices, n)
	select {
	case q.ready <- struct{}{}:
	default: // the token is there already
	}
	return dropped
}

// take waits for a notice. It is false when the context ends.
func (q *queue) take(ctx context.Context) (Notice, bool) {
	for {
		if n, ok := q.first(); ok {
			return n, ctx.Err() == nil
		}
		select {
		case <-ctx.Done():
			return Notice{}, false
		case <-q.ready:
		}
	}
}

func (q *queue) first() (Notice, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.notices) == 0 {
		return Notice{}, false
	}
	n := q.notices[0]
	q.notices = slices.Delete(q.notices, 0, 1)
	return n, true
}

// supersedes says whether a newer state of the same incident waits.
func (q *queue) supersedes(n Notice) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.find(n) >= 0
}

// find is the place of the notice that n would replace, or -1. Two incidents of the
// same deployment and class are the same alert to such a receiver.
func (q *queue) find(n Notice) int {
	if !q.merge {
		return -1
	}
	return slices.IndexFunc(q.notices, func(other Notice) bool {
		return other.Deployment == n.Deployment && other.Class == n.Class
	})
}

// drop counts a notice that was given up.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
}

// sizes are how many wait, and how many were lost.
func (q *queue) sizes() (waiting int, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.notices), q.dropped
}
