// Package watch keeps the view of the fleet up to date on each hub: it follows the reports and heartbeats
// in the database, the Director's list and the stores. On the hub that leads, it also notes which
// instances the Director no longer lists, and removes them after some days.
package watch

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// Store keeps what agents report. *db.DB implements it.
type Store interface {
	FleetHeads(ctx context.Context, sequence int64, want func(inventory.Reporting) bool, each func(db.StoredReport) error) (db.Fleet, error)
	FleetChanges(ctx context.Context) <-chan int64
	MarkGone(ctx context.Context, instances []inventory.InstanceKey, at time.Time) error
	RemoveInstances(ctx context.Context, instances []inventory.InstanceKey) error
	AddEvent(ctx context.Context, e db.Event) error
}

// Catalog knows the stores and the Director's list. *collect.Collector implements it.
type Catalog interface {
	View() *catalog.View
	Loaded() bool
	Listed() (list []inventory.Listed, known bool)
	Watch(ctx context.Context) <-chan struct{}
}

// Options of a Service.
type Options struct {
	Store      Store
	Catalog    Catalog
	Interval   time.Duration // between two heartbeats; 0 is the default
	Thresholds verdict.Thresholds
	Clock      clock.Clock // nil is the clock of the machine
	Log        *slog.Logger
}

// Service keeps the view. Its methods may be called at any time by any goroutine.
type Service struct {
	options Options
	clock   clock.Clock
	log     *slog.Logger

	view   atomic.Pointer[fleet.View]
	loaded atomic.Bool   // the view holds what the database and the catalog hold
	stir   chan struct{} // the view is out of date

	mutex    sync.Mutex // of all below
	model    model
	handed   map[inventory.InstanceKey]handed
	watchers map[chan struct{}]bool

	building sync.Mutex // of the two below
	catalog  *catalog.View
	stores   *fleet.Stores // of the catalog
}

// New prepares a service. It reads nothing before Run.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.NewClock()
	}
	s := &Service{options: o, clock: o.Clock, log: o.Log, stir: make(chan struct{}, 1), model: newModel(), handed: map[inventory.InstanceKey]handed{}, watchers: map[chan struct{}]bool{}}
	s.view.Store(fleet.New(fleet.Input{Now: s.clock.Now()}))
	return s
}

// View is the current view. It is empty before Loaded.
func (s *Service) View() *fleet.View { return s.view.Load() }

// Loaded tells whether the view holds what the database holds.
func (s *Service) Loaded() bool { return s.loaded.Load() }

// Load reads the database once, for a program that does not follow it.
func (s *Service) Load(ctx context.Context) error {
	err := s.sync(ctx)
	if err == nil {
		s.build()
	}
	return err
}

// Watch returns a channel that gets a value after the view has changed, until the context ends. Several
// changes may give one value.
func (s *Service) Watch(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.watchers[changed] = true
	context.AfterFunc(ctx, func() {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		delete(s.watchers, changed)
	})
	return changed
}

// Run follows the database and the catalog until the context ends.
func (s *Service) Run(ctx context.Context) {
	var group sync.WaitGroup
	catalog := s.options.Catalog.Watch(ctx) // before the first view: no change of the catalog is missed
	group.Go(func() { s.follow(ctx) })
	group.Go(func() { s.attend(ctx, catalog) })
	group.Go(func() { s.render(ctx) })
	group.Wait()
}

// signal puts a value into a channel that has room for one, unless there is one.
func signal(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}
