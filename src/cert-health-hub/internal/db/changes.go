package db

import "context"

// topic is the name of the counter that a change steps. Who follows one topic hears nothing of the
// others.
type topic string

const (
	catalog topic = "change" // what was collected, and acknowledgements
	fleet   topic = "fleet"  // reports and signs of life of agents
)

// Changes sends the number of the newest change after each change, by this hub or another one, until
// the context ends; then it closes the channel. A number may be left out when a newer one follows, and
// may come twice. Read with Since what has changed.
func (d *DB) Changes(ctx context.Context) <-chan int64 {
	return d.follow(ctx, catalog)
}

// FleetChanges is Changes for the sequence of FleetSince.
func (d *DB) FleetChanges(ctx context.Context) <-chan int64 { return d.follow(ctx, fleet) }

func (d *DB) follow(ctx context.Context, about topic) <-chan int64 {
	numbers := make(chan int64, 1)
	d.engine.follow(ctx, d, about, numbers)
	return numbers
}

// offer puts a number into a channel in place of the one that was not taken yet. Only one goroutine
// at a time may offer.
func offer(into chan int64, number int64) {
	select {
	case <-into:
	default:
	}
	into <- number
}

func (s *sqlite) announced(about topic, sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for follower, topic := range s.followers {
		if topic == about {
			offer(follower, sequence)
		}
	}
}

func (s *sqlite) follow(ctx context.Context, _ *DB, about topic, into chan int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followers[into] = about
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.followers, into)
		close(into)
	})
}
