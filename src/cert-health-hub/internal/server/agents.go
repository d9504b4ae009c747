package server

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"time"

	"cert-health/hub/internal/answers"
	"cert-health/hub/internal/ingest"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/settings"
	"cert-health/hub/internal/source/director"
	"cert-health/internal/promtext"
	"cert-health/internal/uplink"
)

// The limits of the listener for agents. An agent comes once a minute: its connection would cost memory
// for nothing in between, and the next one resumes its session.
const agentIdleTimeout = 15 * time.Second

// agents is where agents report.
type agents struct {
	*ingest.Intake
	guard       *mutual
	authorities *ingest.Authorities
	listener    *Listener
}

// prepareAgents reads the certificates for agents, if they report here.
func (s *Server) prepareAgents() error {
	if !s.settings.Agents.On() {
		return nil
	}
	guard, authorities, err := readGuard(s.settings, s.keys, s.log)
	if err != nil {
		return err
	}
	guard.now = s.clock.Now
	s.agents = &agents{guard: guard, authorities: authorities}
	return nil
}

// takeIn makes the part that agents report to, after the parts that it asks.
func (s *Server) takeIn() {
	if s.agents == nil {
		return
	}
	hub := answers.New(answers.Options{View: s.collector.View, Loaded: s.collector.Loaded})
	options := ingest.Options{
		Store: s.db, Authorities: s.agents.authorities, References: hub.Answer, Interval: s.settings.Agents.Interval, Clock: s.clock, Log: s.log, Hand: s.fleet.Hand,
	}
	if s.settings.HasDirector() {
		options.Roster = roster{s}
	}
	s.agents.Intake = ingest.New(options)
	s.agents.listener = &Listener{
		Address: s.settings.Agents.Address, Handler: s.agents.Intake, Config: s.agents.guard.current, Drain: s.settings.DrainTime,
		Idle: agentIdleTimeout, Body: uplink.MaxReport + 1, Log: s.log,
	}
}

// readGuard reads the certificate that agents see, which is keys if they have none of their own, and the
// CAs of their certificates.
func readGuard(s settings.Settings, keys *Keys, log *slog.Logger) (*mutual, *ingest.Authorities, error) {
	if s.Agents.Certificate != "" {
		var err error
		if keys, err = NewKeys(s.Agents.Certificate, s.Agents.PrivateKey, log); err != nil {
			return nil, nil, err
		}
	}
	var cas [2][]byte
	for i, name := range []string{s.Agents.ClientCA, s.Agents.NATSCA} {
		if name == "" {
			continue
		}
		var err error
		if cas[i], err = contents(name); err != nil {
			return nil, nil, fmt.Errorf("read the CAs of agents %s (cert_health_hub.agents): %w", name, err)
		}
	}
	authorities, err := ingest.NewAuthorities(cas[0], cas[1])
	if err != nil {
		return nil, nil, err
	}
	return &mutual{keys: keys, clients: authorities.Pool(), cas: bytes.Join(cas[:], []byte{0})}, authorities, nil
}

// listen begins to listen for agents. It returns nil if they do not report here.
func (s *Server) listenAgents(ctx context.Context) (net.Listener, error) {
	if s.agents == nil {
		return nil, nil
	}
	listening, err := s.agents.listener.Listen(ctx)
	if err != nil {
		return nil, err
	}
	s.log.Info("the hub listens for agents", "address", listening.Addr().String())
	return proxied(listening, s.settings.Agents.Networks()), nil
}

// agentsReady tells whether agents get answers.
func (s *Server) agentsReady(ctx context.Context) error {
	if s.agents == nil {
		return nil
	}
	return s.agents.Ready(ctx)
}

// writeAgents writes the numbers of requests of agents.
func (a *agents) write(w *promtext.Writer) {
	if a == nil {
		return
	}
	w.Metric("cert_health_hub_agents_requests_total", promtext.Counter, "Requests of agents by what they are and how they ended.")
	for _, count := range a.Counts() {
		w.Sample(promtext.Count(count.Number), label("kind", count.Kind), label("result", count.Result))
	}
	w.Metric("cert_health_hub_agents_requests_under_way", promtext.Gauge, "Requests of agents that are being answered.")
	w.Sample(promtext.Count(a.UnderWay()))
}

// roster is what Directors list.
type roster struct{ *Server }

// Listed implements ingest.Roster.
func (r roster) Listed() ([]inventory.Listed, bool) {
	if !r.collector.Loaded() {
		return nil, false
	}
	return r.collector.Listed()
}

// Watch implements ingest.Roster.
func (r roster) Watch(ctx context.Context) <-chan struct{} { return r.collector.Watch(ctx) }

// Ask implements ingest.Roster. Another hub that collects is not told.
func (r roster) Ask() {
	for _, source := range r.settings.Sources {
		if source.Type == director.Type {
			_ = r.collector.Refresh(source.Name) // it is asked in its interval anyway
		}
	}
}
