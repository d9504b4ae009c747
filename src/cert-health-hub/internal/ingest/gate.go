package ingest

import (
	"context"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// The limits of what is under way at once. A report of a cell has 40 KB; one of 32 MB takes some 150 MB
// while it is read.
const (
	mostOfOne   = 4   // requests of one address
	mostQueued  = 512 // requests that wait
	queueTime   = 5 * time.Second
	smallReport = 2 << 20 // not compressed; of larger ones, one is read at a time
)

// gate bounds the requests with large bodies that are under way. Heartbeats do not pass it.
type gate struct {
	slots chan struct{} // holds a value for each request that is under way
	large chan struct{} // the same for large reports

	mutex  sync.Mutex
	queued int
	of     map[string]int  // requests by sender
	alone  map[string]bool // what only one request at a time may be about
}

func newGate() *gate {
	return &gate{
		slots: make(chan struct{}, max(8, 4*runtime.GOMAXPROCS(0))), large: make(chan struct{}, 1),
		of: map[string]int{}, alone: map[string]bool{},
	}
}

// gateName is how requests of one sender are counted. Only a certificate of its own tells a VM from others
// with the same address.
func (s *sender) gateName() string {
	if s.agent != "" {
		return s.agent
	}
	return s.voice()
}

func busy() *answer {
	a := later(http.StatusTooManyRequests, "too many reports are under way", busyPause)
	return &a
}

// enter waits for a free slot.
func (g *gate) enter(ctx context.Context, name string) (leave func(), refused *answer) {
	if !g.queue(name) {
		return nil, busy()
	}
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		g.unqueue("")
		return func() { <-g.slots; g.release(name) }, nil
	case <-timer.C:
	case <-ctx.Done():
	}
	g.unqueue(name)
	return nil, busy()
}

func (g *gate) queue(name string) bool {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.queued >= mostQueued || g.of[name] >= mostOfOne {
		return false
	}
	g.queued++
	g.of[name]++
	return true
}

// unqueue is for a request that waits no more. With a name it has gone.
func (g *gate) unqueue(name string) {
	g.mutex.Lock()
	g.queued--
	g.mutex.Unlock()
	if name != "" {
		g.release(name)
	}
}

func (g *gate) release(name string) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.of[name]--; g.of[name] == 0 {
		delete(g.of, name)
	}
}

// only keeps others from the same names until free is called.
func (g *gate) only(names ...string) (free func(), refused *answer) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	for _, name := range names {
		if g.alone[name] {
			return nil, busy()
		}
	}
	for _, name := range names {
		g.alone[name] = true
	}
	return func() {
		g.mutex.Lock()
		defer g.mutex.Unlock()
		for _, name := range names {
			delete(g.alone, name)
		}
	}, nil
}
