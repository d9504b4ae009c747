package ingest

import (
	"bytes"
	"context"
	"io"
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
	// A client may send as slowly as it likes. So no slot waits for a body, and only a few bodies that are
	// longer than this one are under way.
	shortBody = 64 << 10
	mostLong  = 4
)

// gate bounds the requests with large bodies that are under way. Heartbeats do not pass it.
type gate struct {
	slots chan struct{} // holds a value for each request that is worked on
	long  chan struct{} // the same for long bodies that are received
	large chan struct{} // the same for large reports

	mutex  sync.Mutex
	queued int
	of     map[string]int  // requests by sender
	alone  map[string]bool // what only one request at a time may be about
}

func newGate() *gate {
	return &gate{
		slots: make(chan struct{}, max(8, 4*runtime.GOMAXPROCS(0))), long: make(chan struct{}, mostLong), large: make(chan struct{}, 1),
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

// visit is a request that has passed the gate.
type visit struct {
	gate *gate
	name string
	body []byte
}

// leave frees the slot. The visit goes on until its answer is written, which can take long, too.
func (v *visit) leave() { <-v.gate.slots }

// end is the end of the visit.
func (v *visit) end() { v.gate.release(v.name) }

// enter receives the body of a request, which has at most so many bytes, and waits for a free slot.
func (g *gate) enter(r *http.Request, name string, most int64) (*visit, *answer) {
	if !g.queue(name) {
		return nil, busy()
	}
	body, failed := g.receive(r, most)
	if failed == nil && !wait(r.Context(), g.slots) {
		failed = busy()
	}
	g.unqueue()
	if failed != nil {
		g.release(name)
		return nil, failed
	}
	return &visit{gate: g, name: name, body: body}, nil
}

// receive reads the body of a request.
func (g *gate) receive(r *http.Request, most int64) (body []byte, failed *answer) {
	body, err := io.ReadAll(io.LimitReader(r.Body, shortBody))
	if err == nil && len(body) == shortBody {
		if !wait(r.Context(), g.long) {
			return nil, busy()
		}
		defer func() { <-g.long }()
		whole := bytes.NewBuffer(body)
		_, err = io.Copy(whole, io.LimitReader(r.Body, most-shortBody+1))
		body = whole.Bytes()
	}
	if failed = unread(err, int64(len(body)) > most); failed != nil {
		return nil, failed
	}
	return body, nil
}

// wait waits for room in a channel, and takes it. It tells whether there was some in time.
func wait(ctx context.Context, room chan<- struct{}) bool {
	timer := time.NewTimer(queueTime)
	defer timer.Stop()
	select {
	case room <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
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

// unqueue is for a request that waits no more.
func (g *gate) unqueue() {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.queued--
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
