package watch

import (
	"context"
	"maps"
	"time"

	"cert-health/hub/internal/fleet"
)

// A view of ten thousand instances takes some tenths of a second of CPU. After each the service rests ten
// times as long, so that it takes a tenth of a core at most, and changes come together.
const (
	restParts   = 10
	leastRest   = 200 * time.Millisecond
	longestRest = 5 * time.Second
)

// attentive is how often the service checks whether an instance has become silent.
const attentive = 10 * time.Second

// attend notes what changes without a change of the database: the catalog, and instances that fall
// silent.
func (s *Service) attend(ctx context.Context, catalog <-chan struct{}) {
	for ctx.Err() == nil {
		timer := s.clock.NewTimer(attentive)
		select {
		case <-ctx.Done():
		case <-catalog:
			signal(s.stir)
		case <-timer.C():
			if s.fellSilent() {
				signal(s.stir)
			}
		}
		timer.Stop()
	}
}

// fellSilent tells whether an instance that counts as reporting has not spoken for too long.
func (s *Service) fellSilent() bool {
	after, now := fleet.SilentAfter(s.options.Interval), s.clock.Now()
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key, pulse := range s.model.pulses {
		if now.Sub(pulse.At) < after {
			continue
		}
		if i, known := s.view.Load().Instance(key); known && i.Seen() && now.Sub(s.model.reporting[key].Received) >= after {
			return true
		}
	}
	return false
}

// render makes a new view after each change, and each minute.
func (s *Service) render(ctx context.Context) {
	for {
		timer := s.clock.NewTimer(tick)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-s.stir:
		case <-timer.C():
		}
		timer.Stop()
		if !s.ready() {
			continue // the catalog, or the database, stirs it when it is read
		}
		started := time.Now()
		s.build()
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(max(restParts*time.Since(started), leastRest), longestRest)):
		}
	}
}

func (s *Service) ready() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.model.loaded && s.options.Catalog.Loaded()
}

// build makes the current view.
func (s *Service) build() {
	s.building.Lock()
	defer s.building.Unlock()
	if current := s.options.Catalog.View(); current != s.catalog || s.stores == nil {
		s.catalog, s.stores = current, fleet.StoresOf(current)
	}
	in := fleet.Input{Stores: s.stores, Interval: s.options.Interval, Thresholds: s.options.Thresholds, Now: s.clock.Now()}
	in.Listed, in.Known = s.options.Catalog.Listed()
	s.view.Store(s.newView(in))
	s.loaded.Store(true)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for watcher := range s.watchers {
		signal(watcher)
	}
}

// newView makes a view of copies of the model's maps: reports may come while it is made.
func (s *Service) newView(in fleet.Input) *fleet.View {
	s.mutex.Lock()
	in.Members, in.Reporting, in.Pulses = maps.Clone(s.model.members), maps.Clone(s.model.reporting), maps.Clone(s.model.pulses)
	s.mutex.Unlock()
	return fleet.New(in)
}
