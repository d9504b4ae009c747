package people

import (
	"context"
	"time"
)

// These are for the specs alone.
const (
	MaxKeys           = maxKeys
	FailuresOfUser    = failuresOfUser
	FailuresOfAddress = failuresOfAddress
	RefillOfUser      = refillOfUser
	AtOnce            = atOnce
)

// Guard is a guard.
type Guard struct{ *guard }

// NewGuard makes one.
func NewGuard(now func() time.Time) *Guard { return &Guard{newGuard(now)} }

// Attempt runs a check.
func (g *Guard) Attempt(ctx context.Context, user, address string, check func() error) error {
	return g.attempt(ctx, user, address, check)
}

// CountUser counts a failure.
func (g *Guard) CountUser(name string) { g.users.count(name) }

// WaitOfUser is how long a user waits.
func (g *Guard) WaitOfUser(name string) time.Duration { return g.users.wait(name) }

// Users is how many users are remembered.
func (g *Guard) Users() int { return len(g.users.keys) }

// Local is a path of this host.
func Local(next string) string { return local(next) }
