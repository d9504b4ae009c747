package server

import (
	"context"
	"log/slog"
	"net/http"

	"cert-health/hub/internal/settings"
)

// Server is a hub.
type Server struct {
	settings settings.Settings
	log      *slog.Logger
	keys     *Keys // nil: without TLS
}

// New prepares a hub. It reads the certificate and sends nothing.
func New(s settings.Settings, log *slog.Logger) (*Server, error) {
	hub := &Server{settings: s, log: log}
	if s.Listen.Insecure {
		return hub, nil
	}
	var err error
	hub.keys, err = NewKeys(s.Listen.Certificate, s.Listen.PrivateKey, log)
	return hub, err
}

// Run serves until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	listener := &Listener{
		Address: s.settings.Listen.Address, Handler: s.handler(), Keys: s.keys, Drain: s.settings.DrainTime, Log: s.log,
	}
	listening, err := listener.Listen(ctx)
	if err != nil {
		return err
	}
	s.log.Info("the hub listens", "address", listening.Addr().String(), "tls", s.keys != nil)
	defer s.log.Info("the hub has ended")
	return listener.Serve(ctx, listening)
}

// handler answers what needs no login.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /readyz", readiness())
	return mux
}
