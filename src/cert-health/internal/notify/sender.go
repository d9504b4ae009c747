package notify

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"
)

// The pauses between two attempts: doubled each time, from the first to the longest.
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// Context is what all receivers share.
type Context struct {
	Delivery  Delivery
	Templates *Templates
	Clock     clock.Clock
	Log       Logger
}

// Sender brings notices to one endpoint over HTTP.
type Sender struct {
	Context
	endpoint  *Endpoint
	poster    poster
	queue     *queue
	encode    func(Notice) ([]byte, error)
	delivered atomic.Uint64
	dropping  atomic.Bool // said in the log, until something gets through
	failing   bool        // likewise
}

func newSender(c Context, endpoint Endpoint, encode func(Notice) ([]byte, error)) *Sender {
	return &Sender{
		Context: c, endpoint: &endpoint, encode: encode,
		poster: poster{endpoint: &endpoint, client: endpoint.client(c.Delivery.Timeout)},
		queue:  newQueue(c.Delivery.Queue, false),
	}
}

// Offer takes a notice for delivery. It never waits.
func (s *Sender) Offer(n Notice) {
	if n.Kind == Standing && !s.queue.merge || !s.endpoint.wants(n.Class) {
		return
	}
	if s.queue.put(n) {
		s.tellDrop("its queue is full, the oldest goes")
	}
}

// Stats are what was delivered, dropped and is waiting.
func (s *Sender) Stats() Stats {
	queued, dropped := s.queue.sizes()
	return Stats{Name: s.endpoint.Name, Delivered: s.delivered.Load(), Dropped: dropped, Queued: queued}
}

// Run delivers until the context ends.
func (s *Sender) Run(ctx context.Context) {
	defer s.poster.client.CloseIdleConnections()
	for {
		n, ok := s.queue.take(ctx)
		if !ok {
			break
		}
		s.deliver(ctx, n)
	}
	if queued, _ := s.queue.sizes(); queued > 0 {
		s.Log.Warn(s.endpoint.Name, "%d notices were not delivered before the end", queued)
	}
}

// deliver tries one notice until it is taken, refused, too old, or superseded.
func (s *Sender) deliver(ctx context.Context, n Notice) {
	body, err := s.encode(n)
	if err != nil {
		s.giveUp("a notice cannot be written: " + err.Error())
		return
	}
	deadline := s.Clock.Now().Add(s.Delivery.GiveUpAfter)
	for attempt := 0; ; attempt++ {
		err := s.poster.post(ctx, body)
		switch {
		case err == nil:
			s.succeed()
			return
		case ctx.Err() != nil:
			return
		}
		pause, final := next(err, attempt)
		if final || s.Clock.Now().Add(pause).After(deadline) {
			s.giveUp("a notice was given up: " + err.Error())
			return
		}
		s.tellFailure(err)
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

// next is how long to wait after a failure, unless it is final. The pause is spread
// over its upper half, so that receivers of one host do not all come back at once.
func next(err error, attempt int) (pause time.Duration, final bool) {
	pause = min(firstPause<<min(attempt, 10), maxPause)
	pause = pause/2 + rand.N(pause/2) + 1
	if answer := (*refusal)(nil); errors.As(err, &answer) {
		return max(pause, answer.wait), answer.final()
	}
	return pause, false
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
	s.tellDrop(reason)
}

// tellFailure and tellDrop log a lasting trouble when it begins, not each time.
func (s *Sender) tellFailure(err error) {
	if !s.failing {
		s.failing = true
		s.Log.Warn(s.endpoint.Name, "cannot deliver: %s; trying again for %s", err, s.Delivery.GiveUpAfter)
	}
}

func (s *Sender) tellDrop(reason string) {
	if s.dropping.CompareAndSwap(false, true) {
		s.Log.Error(s.endpoint.Name, "a notice is lost: %s; further losses are only counted until one is delivered", reason)
	}
}
