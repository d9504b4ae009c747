package server

import (
	"context"
	"errors"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
)

// loadedView is the newest view; nil while the hub starts.
func (s *Server) loadedView() *catalog.View {
	if !s.collector.Loaded() {
		return nil
	}
	return s.collector.View()
}

// databaseReady hides the reason, because everyone may read it; the log tells it.
func (s *Server) databaseReady(ctx context.Context) error {
	if s.db.Ready(ctx) != nil {
		return errors.New("the database does not answer: see the hub's log")
	}
	return nil
}

// loadedFleet is the newest view of the fleet; nil while the hub starts.
func (s *Server) loadedFleet() *fleet.View {
	if !s.fleet.Loaded() {
		return nil
	}
	return s.fleet.View()
}

func (s *Server) fleetReady(context.Context) error {
	if !s.fleet.Loaded() {
		return errors.New("the reports are still being read from the database")
	}
	return nil
}

func (s *Server) indexReady(context.Context) error {
	if !s.collector.Loaded() {
		return errors.New("the certificates are still being read from the database")
	}
	return nil
}
