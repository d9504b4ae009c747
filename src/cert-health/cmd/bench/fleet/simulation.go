package fleet

import (
	"context"
	"fmt"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/vault/client"
)

// interval is the default time between two polls, to which an agent adds a random time of up to a
// fifth. Within longest, each agent has polled.
const (
	interval = 10 * time.Minute
	longest  = interval * 6 / 5
)

// simulation is a fleet at one point of simulated time.
type simulation struct {
	*world
	schedule schedule
	now      time.Time
	fresh    *phase // of the VMs that start while Vault is busy
}

// pace is the pace of the agents without waits. The waits after rejected requests are shortened
// and not counted.
func pace() client.Options { return client.Options{Concurrency: 2, MaxWait: 2 * time.Millisecond} }

// begin starts a VM in this second.
func (s *simulation) begin(v *vm) error {
	s.schedule.add(s.now.Add(v.place()), v)
	return v.start(pace())
}

// pass advances the time. All references should have one state.
func (s *simulation) pass(ctx context.Context, r *report, name string, long time.Duration, expected cert.ReferenceState) error {
	p := &phase{name: name, began: s.now, long: long}
	started := time.Now()
	s.now = s.now.Add(long)
	s.schedule.run(s.now, func(e event) {
		if ctx.Err() != nil {
			return
		}
		into := p
		if e.vm.fresh {
			into = s.fresh
		}
		into.book(e.at, e.vm.ask(ctx, e.at, expected))
	})
	r.took += time.Since(started)
	r.phases = append(r.phases, p)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if left := p.delayed + p.unavailable; left > 0 && !s.front.busy.Load() {
		return fmt.Errorf("%s: %d references or polls are incomplete, although Vault was not busy", p.name, left)
	}
	return p.sound()
}

// pollsOfDay is the largest number of polls of a day: without the random fifth.
const pollsOfDay = int(24 * time.Hour / interval)

// day starts one VM, and follows it for a day.
func (s *simulation) day(ctx context.Context, r *report) error {
	v := s.vms[0]
	if err := v.start(pace()); err != nil {
		return err
	}
	r.day = &phase{name: "a day of one VM", began: s.now, long: 24 * time.Hour}
	for range pollsOfDay {
		r.day.book(s.now, v.ask(ctx, s.now, cert.Current))
		s.now = s.now.Add(interval)
	}
	return r.day.sound()
}
