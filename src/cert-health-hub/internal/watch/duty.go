package watch

import (
	"context"
	"slices"
	"time"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// Keep is how long an instance stays that the Director no longer lists.
const Keep = 7 * 24 * time.Hour

// Lead does what one hub does for all of them, until the context ends: it notes which instances the
// Director no longer lists, and removes them after some days. Without a Director it removes nothing.
func (s *Service) Lead(ctx context.Context) {
	said := ""
	for ctx.Err() == nil {
		switch err := s.tidy(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil && said != err.Error():
			said = err.Error()
			s.log.Error("instances that are gone were not noted", "error", said)
		case err == nil:
			said = ""
		}
		timer := s.clock.NewTimer(tick)
		select {
		case <-ctx.Done():
		case <-timer.C():
		}
		timer.Stop()
	}
}

// gone are the instances for which something must be noted.
type gone struct{ now, back, over []inventory.Reporting }

// tidy compares the instances with the Director's list once.
func (s *Service) tidy(ctx context.Context) error {
	list, known := s.options.Catalog.Listed()
	if !known || !s.ready() {
		return nil
	}
	now := s.clock.Now()
	g := s.compare(list, now)
	if err := s.options.Store.MarkGone(ctx, keys(g.now), now); err != nil {
		return err
	}
	if err := s.options.Store.MarkGone(ctx, keys(g.back), time.Time{}); err != nil {
		return err
	}
	if err := s.options.Store.RemoveInstances(ctx, keys(g.over)); err != nil {
		return err
	}
	for _, r := range g.over {
		err := s.options.Store.AddEvent(ctx, db.Event{At: now, Kind: "instance", Subject: string(r.Key),
			Text: "removed: the Director has not listed it since " + verdict.Stamp(r.Gone)})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) compare(list []inventory.Listed, now time.Time) (g gone) {
	listed := make(map[inventory.InstanceKey]bool, len(list))
	for _, l := range list {
		listed[l.Key()] = true
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key, r := range s.model.reporting {
		switch {
		case listed[key] && !r.Gone.IsZero():
			g.back = append(g.back, r)
		case listed[key]:
		case r.Gone.IsZero():
			g.now = append(g.now, r)
		case now.Sub(r.Gone) >= Keep:
			g.over = append(g.over, r)
		}
	}
	return g
}

func keys(list []inventory.Reporting) []inventory.InstanceKey {
	names := make([]inventory.InstanceKey, len(list))
	for i, r := range list {
		names[i] = r.Key
	}
	slices.Sort(names)
	return names
}
