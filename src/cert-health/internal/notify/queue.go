package notify

import (
	"context"
	"slices"
	"sync"
)

// queue holds the notices that wait for one receiver. put never blocks: when the queue is
// full, the oldest notice is dropped, because the newest one says most about the present.
type queue struct {
	capacity int
	// merge replaces a waiting notice by a newer one of the same incident, for receivers that
	// need only the latest state.
	merge bool

	mu      sync.Mutex
	notices []Notice
	dropped uint64
	ready   chan struct{} // holds one token while there may be something to take
}

func newQueue(capacity int, merge bool) *queue {
	return &queue{capacity: capacity, merge: merge, ready: make(chan struct{}, 1)}
}

// put adds a notice and tells whether another one was dropped.
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
	default: // it holds a token already
	}
	return dropped
}

// take waits for a notice. It returns false when the context ends.
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

// supersedes tells whether a newer state of the same incident waits.
func (q *queue) supersedes(n Notice) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.find(n) >= 0
}

// find returns the index of the notice that n would replace, or -1. For such a receiver, two
// incidents of the same deployment and class are the same alert.
func (q *queue) find(n Notice) int {
	if !q.merge {
		return -1
	}
	return slices.IndexFunc(q.notices, func(other Notice) bool {
		return other.Deployment == n.Deployment && other.Class == n.Class
	})
}

// drop counts a notice that was not delivered.
func (q *queue) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.dropped++
}

// sizes returns how many notices wait, and how many were dropped.
func (q *queue) sizes() (waiting int, dropped uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.notices), q.dropped
}
