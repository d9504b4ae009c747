package server

import (
	"context"
	"sync"
)

// duty is what one hub does for all while it leads: it sends notifications, removes
// instances that are gone, and reads stores again that seem to be behind.
func (s *Server) duty(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { s.reminder.Run(ctx, either(ctx, s.collector.Watch(ctx), s.fleet.Watch(ctx))) })
	group.Go(func() { s.fleet.Lead(ctx) })
	group.Go(func() { s.recheck(ctx) })
	group.Wait()
}

// either returns a channel that gets a value when one of two does, until the context ends.
func either(ctx context.Context, a, b <-chan struct{}) <-chan struct{} {
	both := make(chan struct{}, 1)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-a:
			case <-b:
			}
			select {
			case both <- struct{}{}:
			default:
			}
		}
	}()
	return both
}
