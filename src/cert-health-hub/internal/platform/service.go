// Package platform makes surveys of all that a hub knows: what the newest stored reports say of each VM, whether it
// is seen, and what the stores hold. Rotations, trust and explanations are computed over them.
//
// A survey of ten thousand VMs takes seconds, and memory for each place of a certificate. It is made when it is asked
// for, from the reports that have changed since the last one, and forgotten when it has not been asked for in a while.
package platform

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/report"
	"cert-health/internal/survey"
)

// Reports are the stored reports: nil without an error if there is none.
type Reports interface {
	Report(ctx context.Context, key inventory.InstanceKey) (*report.Report, error)
}

// Options of a Service. A function that returns nil has nothing to show.
type Options struct {
	Reports Reports
	Fleet   func() *fleet.View
	Catalog func() *catalog.View
	// Knowledge is needed for trust and explanations.
	Knowledge *Knowledge
	Clock     clock.Clock // nil is the clock of the machine
}

// Service makes surveys. Its methods may be called at any time by any goroutine.
type Service struct {
	options Options
	look    atomic.Pointer[Look]
	turn    chan struct{} // who holds its one value makes a survey, and may touch what is below

	made   *survey.Survey
	of     views
	madeAt time.Time
	parts  map[inventory.InstanceKey]kept
	lapse  *time.Timer // forgets all this
}

// views are what a survey was made of.
type views struct {
	fleet   *fleet.View
	catalog *catalog.View
}

// kept is a part that was read, and when the hub received the report.
type kept struct {
	received time.Time
	part     *part
}

const (
	// fresh is how old a survey may be that is given again although the views have changed: they change each
	// second while reports come.
	fresh = 10 * time.Second
	// idle is how long a survey is kept that is not asked for.
	idle = 10 * time.Minute
)

// New prepares a service. It reads nothing.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.NewClock()
	}
	return &Service{options: o, turn: make(chan struct{}, 1), parts: map[inventory.InstanceKey]kept{}}
}

func (s *Service) views() (v views) {
	if s.options.Fleet != nil {
		v.fleet = s.options.Fleet()
	}
	if s.options.Catalog != nil {
		v.catalog = s.options.Catalog()
	}
	return v
}

// Survey returns a survey of the whole platform. It must not be changed.
func (s *Service) Survey(ctx context.Context) (*survey.Survey, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.keep()
	now, of := s.options.Clock.Now(), s.views()
	if age := now.Sub(s.madeAt); s.made != nil && (of == s.of || age >= 0 && age < fresh) {
		return s.made, nil
	}
	if err := s.readAll(ctx, of.fleet); err != nil {
		return nil, err
	}
	made, whole := s.build(of, now)
	if !whole {
		of = views{} // a report may be readable the next time
	}
	s.made, s.of, s.madeAt = made, of, now
	return s.made, nil
}

// keep begins the time anew after which everything is forgotten.
func (s *Service) keep() {
	if s.lapse != nil {
		s.lapse.Stop()
	}
	s.lapse = time.AfterFunc(idle, func() {
		s.turn <- struct{}{}
		defer func() { <-s.turn }()
		s.look.Store(nil)
		s.made, s.of, s.parts = nil, views{}, map[inventory.InstanceKey]kept{}
	})
}

// readAll reads the reports that have changed, on all processors.
func (s *Service) readAll(ctx context.Context, v *fleet.View) error {
	now := map[inventory.InstanceKey]kept{}
	var changed []*fleet.Instance
	for _, i := range selected(v, Query{}) {
		if before, has := s.parts[i.Key]; has && before.received.Equal(i.Received) && !before.part.unread {
			now[i.Key] = before
			continue
		}
		changed = append(changed, i)
	}
	read, err := s.readEach(ctx, changed)
	if err != nil {
		return err
	}
	for n, i := range changed {
		now[i.Key] = kept{i.Received, read[n]}
	}
	s.parts = now
	return nil
}

func (s *Service) readEach(ctx context.Context, list []*fleet.Instance) ([]*part, error) {
	parts, next := make([]*part, len(list)), make(chan int)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(list)) {
		group.Go(func() {
			for n := range next {
				var err error
				if parts[n], err = s.read(ctx, list[n]); err != nil {
					cancel(err)
				}
			}
		})
	}
	for n := range list {
		if ctx.Err() != nil {
			break
		}
		next <- n
	}
	close(next)
	group.Wait()
	return parts, context.Cause(ctx)
}

// build makes a survey of the parts, and tells whether all reports were read. What the view knows of an instance is
// newer than its part.
func (s *Service) build(of views, now time.Time) (made *survey.Survey, whole bool) {
	var b survey.Builder
	var u unseen
	for _, i := range selected(of.fleet, Query{}) {
		p := s.parts[i.Key].part
		p.instance = renamed(p.instance, known(i))
		u.note(i.Standing, p)
		b.Instance(*p.into(&b))
	}
	for _, sentence := range u.sentences(of.fleet) {
		b.Blind(sentence)
	}
	addStores(&b, of.catalog)
	return b.Build(now), u.unread == 0
}

// renamed is an instance with what is known now beside its report.
func renamed(i, now survey.Instance) survey.Instance {
	now.At, now.Places, now.Shown = i.At, i.Places, i.Shown
	return now
}

// sorted are instances in the order of a survey.
func sorted(list []*fleet.Instance) []*fleet.Instance {
	slices.SortFunc(list, byKey)
	return list
}
