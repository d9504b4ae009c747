// Package ingest takes in what agents send: heartbeats, reports, and questions for references. It makes
// sure that an agent speaks for its own VM only, bounds what it reads, and keeps each report in the
// database before it says so.
//
// A heartbeat costs no access to the database: the heads of all reports are in memory, and signs of life
// are saved together.
package ingest

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/internal/uplink"
)

// Store keeps reports, signs of life and events. *db.DB implements it.
type Store interface {
	SaveReport(ctx context.Context, report db.StoredReport) error
	SavePulses(ctx context.Context, pulses []inventory.Pulse) error
	FleetHeads(ctx context.Context, sequence int64, want func(inventory.Reporting) bool, each func(db.StoredReport) error) (db.Fleet, error)
	FleetChanges(ctx context.Context) <-chan int64
	AddEvent(ctx context.Context, event db.Event) error
}

// Roster is what Directors list.
type Roster interface {
	// Listed are all instances. They are not known before the Director has answered once.
	Listed() (list []inventory.Listed, known bool)
	// Watch returns a channel that gets a value after a change, until the context ends.
	Watch(ctx context.Context) <-chan struct{}
	// Ask asks the Director again soon, if this hub can: an agent speaks for an instance that it does not
	// list so.
	Ask()
}

// References answers agents that compare with what the hub knows.
type References func(ctx context.Context, request uplink.ReferencesRequest) uplink.ReferencesAnswer

// Options of an Intake.
type Options struct {
	Store       Store
	Roster      Roster // nil without a source that lists instances
	References  References
	Hand        func(head inventory.Reporting, member *fleet.Member) // gets what is about to be stored; may be nil
	Authorities *Authorities
	Interval    time.Duration // between two heartbeats of an agent; 0: uplink.DefaultInterval
	Clock       clock.Clock   // nil is the clock of the machine
	Log         *slog.Logger
}

// Intake answers the requests of agents. It is an http.Handler for a listener that asks for client
// certificates.
type Intake struct {
	options  Options
	clock    clock.Clock
	log      *slog.Logger
	book     *book
	listings listings
	pulses   pulses
	gate     *gate
	refusals refusals
	counts   counts
	faults   faults
	paths    map[string]service
	syncing  sync.Mutex   // held while the database is read
	syncs    atomic.Int64 // how often that began
	syncErr  error        // of the last time
	packers  sync.Pool    // of *gzip.Writer
}

// service is what one path does. Its answer is written and counted by ServeHTTP.
type service struct {
	kind kind
	take func(*http.Request, *sender) answer
}

// New prepares an intake. It answers that it is not ready until Run has read the database.
func New(o Options) *Intake {
	if o.Clock == nil {
		o.Clock = clock.NewClock()
	}
	if o.Interval == 0 {
		o.Interval = uplink.DefaultInterval
	}
	i := &Intake{options: o, clock: o.Clock, log: o.Log, book: newBook(o.Interval), gate: newGate()}
	i.refusals.queue = make(chan db.Event, mostWaiting)
	i.paths = map[string]service{
		uplink.HeartbeatsPath: {heartbeats, i.heartbeat},
		uplink.ReportsPath:    {reports, i.report},
		uplink.ReferencesPath: {questions, i.references},
	}
	return i
}

// ServeHTTP implements http.Handler.
func (i *Intake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.counts.underWay.Add(1)
	defer i.counts.underWay.Add(-1)
	s, found := i.paths[r.URL.Path]
	if !found {
		refuse(http.StatusNotFound, "this is the hub's address for agents, and it has no such path: people use the address of external_url").write(w)
		return
	}
	a := i.serve(s, r)
	i.counts.count(s.kind, a.status)
	a.write(w)
}

func (i *Intake) serve(s service, r *http.Request) answer {
	if r.Method != http.MethodPost {
		return refuse(http.StatusMethodNotAllowed, "agents send POST requests")
	}
	from, err := i.options.Authorities.sender(r, i.clock.Now())
	if err != nil {
		return refuse(http.StatusForbidden, err.Error())
	}
	if !i.book.ready() {
		return later(http.StatusServiceUnavailable, "the hub has just started and reads its database", startPause)
	}
	return s.take(r, from)
}

// Run follows the database and the Director, and saves signs of life and events, until the context ends.
func (i *Intake) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { i.follow(ctx) })
	group.Go(func() { i.flushAll(ctx) })
	group.Go(func() { i.note(ctx) })
	if i.options.Roster != nil {
		group.Go(func() { i.read(ctx) })
	}
	group.Wait()
}

// errStarting is what Ready returns before the reports are known.
var errStarting = errors.New("the reports of agents are still being read from the database")

// Ready tells whether agents get answers.
func (i *Intake) Ready(context.Context) error {
	if !i.book.ready() {
		return errStarting
	}
	return nil
}
