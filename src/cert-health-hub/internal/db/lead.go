package db

import (
	"context"
	"errors"
)

// ErrNotLeading says that the lead has passed to another hub. Compare with errors.Is.
var ErrNotLeading = errors.New("another hub leads now, and nothing was written")

// Lead tries to make this hub the leader, the only one that collects and notifies. If it is not ok,
// another hub leads: try again later.
//
// The term ends with ctx, and when the connection that holds the lead is lost. Whatever is written with
// the term, or with a context made of it, is written only while no other hub leads: a hub that stood
// still, and does not know yet that it lost the lead, gets ErrNotLeading. Call end when all work of the
// term is done: it gives the lead away.
//
// A hub whose file is SQLite always leads.
func (d *DB) Lead(ctx context.Context) (term context.Context, end func(), ok bool) {
	return d.engine.lead(ctx, d)
}

func (s *sqlite) lead(ctx context.Context, _ *DB) (term context.Context, end func(), ok bool) {
	term, end = context.WithCancel(ctx)
	return term, end, ctx.Err() == nil
}

// termKey is the key of the number of a term in its context.
type termKey struct{}

// fence fails if another term than that of the context has begun. Until the transaction ends, none can.
func (c *change) fence() error {
	term, leads := c.ctx.Value(termKey{}).(int64)
	if !leads {
		return nil
	}
	err := c.execOne("UPDATE counters SET value = value WHERE name = 'term' AND value = $1", term)
	if errors.Is(err, ErrNotFound) {
		return ErrNotLeading
	}
	return err
}
