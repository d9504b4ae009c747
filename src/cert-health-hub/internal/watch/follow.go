package watch

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
)

// The view is made again each minute, because certificates expire. The database is asked too: a notice of
// a change may be lost with a connection.
const tick = time.Minute

// The pauses after a failure of the database.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// follow takes every change of the database into the model.
func (s *Service) follow(ctx context.Context) {
	changes := s.options.Store.FleetChanges(ctx)
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval, pauses.Multiplier = firstPause, longestPause, 2
	said := ""
	for ctx.Err() == nil {
		wait := tick
		switch err := s.sync(ctx); {
		case ctx.Err() != nil:
			return
		case err != nil:
			wait = pauses.NextBackOff()
			if said != err.Error() {
				s.log.Error("the fleet is not up to date", "error", err.Error())
			}
			said = err.Error()
		default:
			if said != "" {
				s.log.Info("the fleet is up to date again")
			}
			said = ""
			pauses.Reset()
		}
		changes = s.await(ctx, changes, wait, said != "")
	}
}

// await waits for a change or some time. After a failure it waits out the pause: signs of life come all
// the time.
func (s *Service) await(ctx context.Context, changes <-chan int64, wait time.Duration, failed bool) <-chan int64 {
	timer := s.clock.NewTimer(wait)
	defer timer.Stop()
	notices := changes
	if failed {
		notices = nil
	}
	select {
	case <-ctx.Done():
	case _, open := <-notices:
		if !open {
			return nil // the context has ended
		}
	case <-timer.C():
	}
	return changes
}

// sync takes what is new in the database. Only follow calls it.
func (s *Service) sync(ctx context.Context) error {
	n := &news{members: map[inventory.InstanceKey]*fleet.Member{}, reporting: map[inventory.InstanceKey]inventory.Reporting{}}
	s.mutex.Lock()
	sequence := s.model.sequence
	s.mutex.Unlock()
	readers := s.newReaders(n.members)
	var err error
	want := func(head inventory.Reporting) bool {
		if s.same(head) {
			return false
		}
		member := s.taken(head)
		if member != nil {
			readers.put(head.Key, member)
		}
		return member == nil
	}
	n.Fleet, err = s.options.Store.FleetHeads(ctx, sequence, want, func(stored db.StoredReport) error {
		n.reporting[stored.Key] = stored.Reporting
		if stored.Report == nil || s.same(stored.Reporting) {
			return nil
		}
		return readers.read(ctx, stored)
	})
	readers.wait()
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	stirred := !s.model.loaded || n.changed() || s.awoken(n.Pulses)
	s.model.apply(n)
	s.forget(n)
	if stirred {
		signal(s.stir)
	}
	return nil
}

// same tells whether the model has this very report: then only what is beside it has changed.
func (s *Service) same(head inventory.Reporting) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	known, has := s.model.reporting[head.Key]
	return has && s.model.members[head.Key] != nil && known.Digest == head.Digest && known.Sequence == head.Sequence
}

// awoken tells whether an instance has spoken that does not count as one that reports.
func (s *Service) awoken(pulses []inventory.Pulse) bool {
	view := s.view.Load()
	for _, p := range pulses {
		if i, known := view.Instance(p.Key); !known || i.Standing == inventory.Silent || i.Standing == inventory.Missing {
			return true
		}
	}
	return false
}
