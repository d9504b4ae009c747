package db

import "context"

// Lead tries to make this hub the leader, the only one that collects and notifies. If it is not ok,
// another hub leads: try again later. The channel is closed when this hub is no longer the leader:
// after the end of the context, which gives the lead away, or when the connection is lost.
//
// A hub whose file is SQLite always leads.
func (d *DB) Lead(ctx context.Context) (lost <-chan struct{}, ok bool) {
	return d.engine.lead(ctx, d)
}

func (s *sqlite) lead(ctx context.Context, _ *DB) (<-chan struct{}, bool) {
	return ctx.Done(), ctx.Err() == nil
}
