package notify

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"
)

// The pauses between attempts double each time, up to the longest.
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// Context is shared by all receivers.
type Context struct {
	Delivery  Delivery
	Templates *Templates
	Clock     clock.Clock
	Log       Logger
}

// Sender sends notices to one endpoint over HTTP.
type Sender struct {
	Context
	endpoint  *Endpoint
	poster    *Poster
	queue     *queue
	encode    func(Notice) ([]byte, error)
	delivered atomic.Uint64
	dropping  atomic.Bool // a loss is logged; reset by the next delivery
	failing   bool        // a failure is logged; reset by the next delivery
}

func newSender(c Context, endpoint Endpoint, encode func(Notice) ([]byte, error)) *Sender {
	return &Sender{
		Context: c, endpoint: &endpoint, encode: encode,
		poster: NewPoster(endpoint.Target, c.Delivery.Timeout),
		queue:  newQueue(c.Delivery.Queue, false),
	}
}

// Offer queues a notice for delivery. It never waits.
func (s *Sender) Offer(n Notice) {
	if n.Kind == Refreshed && !s.queue.merge || !s.endpoint.wants(n.Class) {
		return
	}
	if s.queue.put(n) {
		s.logDrop("the queue is full, so the oldest notice is dropped")
	}
}

// Stats returns how many notices were delivered, were dropped, and wait.
func (s *Sender) Stats() Stats {
	queued, dropped := s.queue.sizes()
	return Stats{Name: s.endpoint.Name, Delivered: s.delivered.Load(), Dropped: dropped, Queued: queued}
}

// Run delivers until the context ends.
func (s *Sender) Run(ctx context.Context) {
	defer s.poster.Close()
	for {
		n, ok := s.queue.take(ctx)
		if !ok {
			break
		}
		s.deliver(ctx, n)
	}
	if queued, _ := s.queue.sizes(); queued > 0 {
		s.Log.Warn(s.endpoint.Name, "%d notices are lost, because the program ends", queued)
	}
}

// deliver tries one notice until it is accepted, rejected, too old, or superseded.
func (s *Sender) deliver(ctx context.Context, n Notice) {
	body, err := s.encode(n)
	if err != nil {
		s.giveUp("a notice cannot be encoded: " + err.Error())
		return
	}
	deadline := s.Clock.Now().Add(s.Delivery.GiveUpAfter)
	for attempt := 0; ; attempt++ {
		err := s.poster.Post(ctx, body)
		switch {
		case err == nil:
			s.succeed()
			return
		case ctx.Err() != nil:
			return
		}
		pause, final := next(err, attempt)
		if final || s.Clock.Now().Add(pause).After(deadline) {
			s.giveUp("a notice was not accepted: " + err.Error())
			return
		}
		s.logFailure(err)
		select {
		case <-ctx.Done():
			return
		case <-s.Clock.After(pause):
		}
		if s.queue.supersedes(n) {
			return
		}
	}
}

// next returns how long to wait after a failure, or that it is final. The pause is random in
// its upper half, so that the receivers on one host are not all tried at the same moment.
func next(err error, attempt int) (pause time.Duration, final bool) {
	pause = min(firstPause<<min(attempt, 10), maxPause)
	pause = pause/2 + rand.N(pause/2) + 1
	wait, again := Retry(err)
	return max(pause, wait), !again
}

func (s *Sender) succeed() {
	s.delivered.Add(1)
	s.dropping.Store(false)
	if s.failing {
		s.failing = false
		s.Log.Info(s.endpoint.Name, "notices are delivered again")
	}
}

func (s *Sender) giveUp(reason string) {
	s.queue.drop()
	s.logDrop(reason)
}

// logFailure and logDrop log when failures begin, and not each failure.
func (s *Sender) logFailure(err error) {
	if !s.failing {
		s.failing = true
		s.Log.Warn(s.endpoint.Name, "cannot deliver a notice: %s; trying again for %s", err, s.Delivery.GiveUpAfter)
	}
}

func (s *Sender) logDrop(reason string) {
	if s.dropping.CompareAndSwap(false, true) {
		s.Log.Error(s.endpoint.Name, "a notice is lost: %s; further losses are counted, and not logged until a notice is delivered", reason)
	}
}
