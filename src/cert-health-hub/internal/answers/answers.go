// Package answers tells agents what the stores hold: for an agent that compares with the hub, and has no
// right in any store.
//
// It answers from the catalog, and asks no store. An answer has what the agent asked for and no more.
package answers

import (
	"context"
	"sync"

	"cert-health/hub/internal/catalog"
	"cert-health/internal/reference"
	"cert-health/internal/uplink"
)

// Options of a Service.
type Options struct {
	View   func() *catalog.View // the current catalog
	Loaded func() bool          // it holds what the database holds
}

// Service answers requests. Any goroutine may call it.
type Service struct {
	options Options

	mutex sync.Mutex
	last  *index // of the view of the last request
}

// New prepares a service.
func New(o Options) *Service { return &Service{options: o} }

// index is that of the current view. It is made when somebody asks, once for each view.
func (s *Service) index() *index {
	view := s.options.View()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.last == nil || s.last.view != view {
		s.last = newIndex(view)
	}
	return s.last
}

// Answer answers a request of an agent.
func (s *Service) Answer(ctx context.Context, r uplink.ReferencesRequest) uplink.ReferencesAnswer {
	if !s.options.Loaded() {
		return unavailable("the hub has just started and has not read its database yet")
	}
	x := s.index()
	if reason := x.silent(); reason != "" {
		return unavailable(reason)
	}
	a := &answering{index: x, deployment: r.Instance.Deployment, answered: map[reference.Path]bool{}}
	a.answer = uplink.ReferencesAnswer{Schema: uplink.Schema, State: reference.OK, CheckedAt: x.checkedAt()}
	a.sources()
	a.search(ctx, r.Identities)
	a.read(ctx, r.Paths, false)
	a.read(ctx, r.History, true)
	if ctx.Err() != nil {
		return unavailable("the hub did not answer in time") // a part would look like all
	}
	a.finish()
	return a.answer
}

func unavailable(reason string) uplink.ReferencesAnswer {
	return uplink.ReferencesAnswer{Schema: uplink.Schema, State: reference.Unavailable, Error: reason}
}
