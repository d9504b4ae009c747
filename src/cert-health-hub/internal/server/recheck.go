package server

import (
	"context"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/source/credhub"
	"cert-health/hub/internal/source/vault"
)

// A certificate may be renewed and deployed before the hub reads its store again: then VMs have what the
// store has never held, as far as the hub knows. The store is read again before this is told.
const (
	recheckRest = 2 * time.Minute // between two readings of a store for that reason
	recheckWait = 5 * time.Minute // for the store's answer
)

// recheck reads stores again when VMs have certificates that they seem not to hold, until ctx ends. Only the
// hub that leads does it.
func (s *Server) recheck(ctx context.Context) {
	changes := s.fleet.Watch(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-changes:
		}
		view := s.fleet.View()
		received := doubtful(view, view.Rows()...)
		for _, source := range s.collector.View().Sources() {
			if outdated(source, received) && s.clock.Now().Sub(source.LastAttempt) > recheckRest {
				_ = s.collector.Refresh(source.Name) // this hub no longer leads, or the source is gone: the next view says so
			}
		}
	}
}

// doubtful is when the newest report came of an instance whose certificate the store seems not to hold, or to
// hold no more. It is zero if there is none.
func doubtful(view *fleet.View, rows ...*fleet.Row) (newest time.Time) {
	for _, row := range rows {
		if row.State != fleet.ByHand && row.State != fleet.RolledBack {
			continue
		}
		for _, group := range row.Groups {
			for _, laggard := range group.Laggards {
				if i, known := view.Instance(laggard.Key); known && i.Received.After(newest) {
					newest = i.Received
				}
			}
		}
	}
	return newest
}

// outdated tells whether a source is a store that was read before a report came.
func outdated(source catalog.SourceView, received time.Time) bool {
	return (source.Type == vault.Type || source.Type == credhub.Type) && source.LastAttempt.Before(received)
}

// rechecks tells whether a store is still read again before a row can be told.
func (s *Server) rechecks(view *fleet.View, row *fleet.Row, stores *catalog.View) bool {
	received := doubtful(view, row)
	if received.IsZero() || view.Now().Sub(received) > recheckWait {
		return false
	}
	for _, source := range stores.Sources() {
		if outdated(source, received) {
			return true
		}
	}
	return false
}
