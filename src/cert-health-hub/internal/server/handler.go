package server

import (
	"net/http"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/web"
)

// handler answers all requests.
func (s *Server) handler() (http.Handler, error) {
	known, pages, err := s.site()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("GET /readyz", readiness(s.databaseReady, s.indexReady, s.fleetReady, s.agentsReady))
	mux.Handle("GET /metrics", known.Open(&metrics{s.settings.Metrics, s.version, s.loadedView, s.collector.Leading, s.agents}))
	mux.Handle("/v1/", api.New(api.Options{
		View: s.loadedView, Fleet: s.loadedFleet, Platform: s.platform, Store: s.db, Collector: s.collector, People: known, Version: s.version, Now: s.clock.Now, Log: s.log,
	}))
	login := web.Secure(known.Handler())
	for _, route := range known.Routes() {
		mux.Handle(route.Method+" "+route.Path, login)
	}
	mux.Handle("GET "+calendarPath, known.Open(s.calendar(known.Methods())))
	mux.Handle("GET /assets/", pages.Assets())
	mux.Handle("/", web.Secure(known.Require(people.Viewer, pages.Handler())))
	return mux, nil
}

// site makes the people and the pages, which need each other.
func (s *Server) site() (*people.Service, *web.Pages, error) {
	doors := &lateDoors{}
	known, err := people.New(people.Config{
		Options: s.settings.Login, Store: s.db, Sessions: s.db.Sessions(s.clock.Now), Pages: doors,
		ExternalURL: s.settings.URL(), Log: s.log, Now: s.clock.Now,
	})
	if err != nil {
		return nil, nil, err
	}
	acts, who := deeds{s}, webPeople{known}
	options := web.Options{View: s.loadedView, Fleet: s.fleetPages(), Reports: reports{s.db}, Platform: s.platform, People: who, Acks: acts, Events: acts, Refresher: acts, Now: s.clock.Now, Log: s.log}
	if !known.Methods().None() {
		options.Tokens, options.Calendars = who, calendars{s}
	}
	doors.Pages, err = web.New(options)
	return known, doors.Pages, err
}

// lateDoors are the pages of the login, which are made after the people.
type lateDoors struct{ *web.Pages }
