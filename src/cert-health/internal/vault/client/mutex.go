package client

import "context"

// contextMutex lets one goroutine at a time do something. Unlike a mutex it lets nobody wait
// longer than his context lasts.
type contextMutex chan struct{}

func newContextMutex() contextMutex { return make(contextMutex, 1) }

func (t contextMutex) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t contextMutex) unlock() { <-t }
