// Package collect asks the sources again and again, keeps what they say in the database, and has the
// current catalog in memory.
//
// A source that fails, or a part of it that cannot be seen, keeps what it last showed. Of several hubs
// on one database only the leader collects; all of them have the same catalog.
package collect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
)

// Source is a source with its schedule.
type Source struct {
	Name, Type string // the name is unique
	Interval   time.Duration
	Timeout    time.Duration // of one collection; 0 is the interval, and DefaultTimeout at most
	inventory.Source
}

// The defaults of a schedule.
const (
	DefaultInterval = time.Hour
	DefaultTimeout  = 10 * time.Minute
)

// Store keeps what was collected. *db.DB implements it.
type Store interface {
	Since(ctx context.Context, sequence int64) (db.Contents, error)
	SaveCollection(ctx context.Context, saved db.Saved) error
	RemoveSource(ctx context.Context, name string) error
	Lead(ctx context.Context) (term context.Context, end func(), ok bool)
	Changes(ctx context.Context) <-chan int64
}

// Options of a Collector.
type Options struct {
	Sources []Source
	Store   Store
	Policy  catalog.Policy
	// Duty, if it is not nil, runs while this hub leads. Its context ends as soon as the lead is lost, and
	// what is written to the Store with it fails when another hub leads.
	Duty  func(context.Context)
	Clock clock.Clock // nil is the clock of the machine
	Log   *slog.Logger
}

// Collector has a goroutine for each source while it leads. Its methods may be called at any time by
// any goroutine.
type Collector struct {
	options Options
	clock   clock.Clock
	log     *slog.Logger
	workers map[string]*worker

	view    atomic.Pointer[catalog.View]
	loaded  atomic.Bool // the model is that of the database
	built   atomic.Bool // the view too
	leading atomic.Bool
	follows atomic.Bool   // another hub leads
	stir    chan struct{} // the catalog is out of date
	syncing sync.Mutex    // held while the database is read
	// building is held while a view is made: a view never gives way to an older one.
	building sync.Mutex

	mutex    sync.Mutex // of all below
	model    model
	watchers map[chan struct{}]bool
}

// New prepares a collector. It asks nothing before Run.
func New(o Options) (*Collector, error) {
	if o.Clock == nil {
		o.Clock = clock.NewClock()
	}
	c := &Collector{options: o, clock: o.Clock, log: o.Log, workers: map[string]*worker{},
		stir: make(chan struct{}, 1), model: newModel(), watchers: map[chan struct{}]bool{}}
	for _, s := range o.Sources {
		if _, twice := c.workers[s.Name]; twice {
			return nil, fmt.Errorf("two sources have the name %q: give each its own", s.Name)
		}
		c.workers[s.Name] = newWorker(c, s)
	}
	c.view.Store(catalog.New(inventory.Contents{}, o.Policy, c.clock.Now()))
	return c, nil
}

// View is the current catalog. It is empty before the database was read.
func (c *Collector) View() *catalog.View { return c.view.Load() }

// Loaded tells whether the catalog holds what the database holds.
func (c *Collector) Loaded() bool { return c.built.Load() }

// Load reads the database once, for a program that does not collect.
func (c *Collector) Load(ctx context.Context) error {
	err := c.sync(ctx)
	if err == nil {
		c.build()
	}
	return err
}

// Leading tells whether this hub collects.
func (c *Collector) Leading() bool { return c.leading.Load() }

// Watch returns a channel that gets a value after the catalog has changed, until the context ends. Several
// changes may give one value.
func (c *Collector) Watch(ctx context.Context) <-chan struct{} {
	changed := make(chan struct{}, 1)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.watchers[changed] = true
	context.AfterFunc(ctx, func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.watchers, changed)
	})
	return changed
}

// The errors of Refresh.
var (
	ErrUnknown = errors.New("there is no source with this name: cert-health sources lists them")
	ErrFollows = errors.New("another hub collects, and this one cannot tell it to: wait for its next collection, or ask the other hub")
)

// Refresh collects a source as soon as possible. It does not wait for the end. During a collection it
// asks for one more.
func (c *Collector) Refresh(name string) error {
	w := c.workers[name]
	switch {
	case w == nil:
		return ErrUnknown
	case c.follows.Load():
		return ErrFollows
	}
	signal(w.now)
	return nil
}

// RefreshAll is Refresh for all sources.
func (c *Collector) RefreshAll() error {
	if c.follows.Load() {
		return ErrFollows
	}
	for _, w := range c.workers {
		signal(w.now)
	}
	return nil
}

// signal puts a value into a channel that has room for one, unless there is one.
func signal(channel chan struct{}) {
	select {
	case channel <- struct{}{}:
	default:
	}
}

// Run collects and follows the database until the context ends, and returns when all collections have
// ended.
func (c *Collector) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { c.follow(ctx) })
	group.Go(func() { c.render(ctx) })
	group.Go(func() { c.lead(ctx) })
	group.Wait()
}
