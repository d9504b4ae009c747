package db

import "context"

// Changes sends the number of the newest change after each change, by this hub or another one, until
// the context ends; then it closes the channel. A number may be left out when a newer one follows, and
// may come twice. Read with Since what has changed.
func (d *DB) Changes(ctx context.Context) <-chan int64 {
	numbers := make(chan int64, 1)
	d.engine.follow(ctx, d, numbers)
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

func (s *sqlite) announced(sequence int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for follower := range s.followers {
		offer(follower, sequence)
	}
}

func (s *sqlite) follow(ctx context.Context, _ *DB, into chan int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followers[into] = true
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.followers, into)
		close(into)
	})
}
