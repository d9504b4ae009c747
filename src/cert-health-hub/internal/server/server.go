package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"code.cloudfoundry.org/clock"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/platform"
	"cert-health/hub/internal/remind"
	"cert-health/hub/internal/settings"
	"cert-health/hub/internal/watch"
)

// Server is a hub.
type Server struct {
	settings  settings.Settings
	version   string
	log       *slog.Logger
	clock     clock.Clock
	keys      *Keys // nil: without TLS
	db        *db.DB
	collector *collect.Collector
	fleet     *watch.Service
	started   time.Time
	reminder  *remind.Reminder
	agents    *agents // nil: they do not report here
	platform  *platform.Service
}

// New prepares a hub with a version. It reads the certificate, opens the database and sends nothing to
// others. Close it after use.
func New(ctx context.Context, s settings.Settings, version string, log *slog.Logger) (*Server, error) {
	hub := &Server{settings: s, version: version, log: log, clock: clock.NewClock()}
	hub.started = hub.clock.Now()
	var err error
	if hub.keys, err = readKeys(s, log); err != nil {
		return nil, err
	}
	if hub.db, err = db.Open(ctx, s.Database.Location(), log); err != nil {
		return nil, err
	}
	if err = hub.prepare(); err != nil {
		return nil, errors.Join(err, hub.db.Close())
	}
	return hub, nil
}

// Check reads the hub's certificates, and the CAs of agents.
func Check(s settings.Settings, log *slog.Logger) error {
	keys, err := readKeys(s, log)
	if err == nil && s.Agents.On() {
		_, _, err = readGuard(s, keys, log)
	}
	return err
}

// readKeys reads the hub's certificate. It returns nil without an error if the hub has none.
func readKeys(s settings.Settings, log *slog.Logger) (*Keys, error) {
	if s.Listen.Insecure {
		return nil, nil
	}
	return NewKeys(s.Listen.Certificate, s.Listen.PrivateKey, log)
}

// Close closes the database.
func (s *Server) Close() error { return s.db.Close() }

// prepare makes the parts that look at certificates.
func (s *Server) prepare() error {
	if err := s.prepareAgents(); err != nil {
		return err
	}
	sources, err := s.sources()
	if err != nil {
		return err
	}
	s.collector, err = collect.New(collect.Options{
		Sources: sources, Store: s.db, Policy: s.policy(), Duty: s.duty, Clock: s.clock, Log: s.log,
	})
	if err != nil {
		return err
	}
	s.fleet = watch.New(watch.Options{Store: s.db, Catalog: s.collector, Thresholds: s.policy().Thresholds, Interval: s.settings.Agents.Interval, Clock: s.clock, Log: s.log})
	s.reminder = remind.New(remind.Settings{
		Options: s.settings.Notifications, Select: s.selectEntries, Store: notices{s.db}, Clock: s.clock, Log: s.log, URL: s.page("/certificates"),
	})
	s.takeIn()
	known, err := platform.ReadKnowledge()
	s.platform = platform.New(platform.Options{Reports: reports{s.db}, Fleet: s.fleetPages(), Catalog: s.loadedView, Knowledge: known, Clock: s.clock})
	return err
}

func (s *Server) policy() catalog.Policy {
	return catalog.Policy{Thresholds: s.settings.Thresholds.Verdict()}
}

// sources are those of the configuration, and the hub itself.
func (s *Server) sources() ([]collect.Source, error) {
	var all []collect.Source
	for _, configured := range s.settings.Sources {
		opened, err := configured.Open()
		if err != nil {
			return nil, fmt.Errorf("prepare the source %s: %w", configured.Name, err)
		}
		all = append(all, collect.Source{
			Name: configured.Name, Type: configured.Type, Interval: configured.Interval, Timeout: configured.Timeout, Source: opened,
		})
	}
	if endpoints := s.own(); len(endpoints) > 0 {
		own := collect.Source{Name: settings.OwnSource, Type: settings.OwnSource, Interval: ownInterval, Timeout: ownInterval}
		own.Source = endpoints
		all = append(all, own)
	}
	return all, nil
}

// Run serves until ctx ends. It answers before the database does: /readyz says what is missing.
func (s *Server) Run(ctx context.Context) error {
	handler, err := s.handler()
	if err != nil {
		return err
	}
	listener := &Listener{Address: s.settings.Listen.Address, Handler: handler, Keys: s.keys, Drain: s.settings.DrainTime, Log: s.log}
	listening, err := listener.Listen(ctx)
	if err != nil {
		return err
	}
	s.log.Info("the hub listens", "address", listening.Addr().String(), "tls", s.keys != nil, "version", s.version)
	forAgents, err := s.listenAgents(ctx)
	if err != nil {
		return errors.Join(err, listening.Close())
	}
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	group.Go(func() { s.work(working) })
	err = s.serve(ctx, listener, listening, forAgents)
	// The last requests are answered. A collection that is cut off is repeated after the start.
	stop()
	group.Wait()
	s.log.Info("the hub has ended")
	return err
}

// serve answers people and agents until ctx ends, or one of the two fails.
func (s *Server) serve(ctx context.Context, listener *Listener, people, agents net.Listener) error {
	if agents == nil {
		return listener.Serve(ctx, people)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() {
		defer stop()
		ended <- s.agents.listener.Serve(ctx, agents)
	}()
	err := listener.Serve(ctx, people)
	stop()
	return errors.Join(err, <-ended)
}

// work collects, follows the fleet, and takes in what agents send, until ctx ends.
func (s *Server) work(ctx context.Context) {
	if !s.migrate(ctx) {
		return
	}
	var group sync.WaitGroup
	if s.agents != nil {
		group.Go(func() { s.agents.Run(ctx) })
	}
	group.Go(func() { s.collector.Run(ctx) })
	group.Go(func() { s.fleet.Run(ctx) })
	group.Wait()
}

// migratePause is the wait between two attempts to reach the database.
const migratePause = 5 * time.Second

// migrate brings the tables up to date. It tries again until the database answers or ctx ends.
func (s *Server) migrate(ctx context.Context) bool {
	said := ""
	for ctx.Err() == nil {
		err := s.db.Migrate(ctx)
		if err == nil {
			return true
		}
		if said != err.Error() && ctx.Err() == nil {
			s.log.Error("the hub waits for its database", "error", err.Error())
		}
		said = err.Error()
		timer := s.clock.NewTimer(migratePause)
		select {
		case <-ctx.Done():
		case <-timer.C():
		}
		timer.Stop()
	}
	return false
}
