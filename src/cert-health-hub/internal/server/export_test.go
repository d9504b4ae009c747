package server

import (
	"net/http"
	"time"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/fleet"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/remind"
	"cert-health/hub/internal/settings"
)

// Metrics is the handler of /metrics over one view.
func Metrics(s settings.Metrics, view *catalog.View) http.Handler {
	return &metrics{s, "dev", func() *catalog.View { return view }, func() bool { return true }, nil}
}

// WithFleet adds the VMs to entries, in a hub that has started at a time.
func WithFleet(started time.Time, told []remind.Entry, view *fleet.View, query catalog.Query, stores ...inventory.Health) []remind.Entry {
	return WithStores(started, told, view, query, inventory.Contents{Sources: stores})
}

// WithStores is WithFleet with what the stores hold.
func WithStores(started time.Time, told []remind.Entry, view *fleet.View, query catalog.Query, contents inventory.Contents) []remind.Entry {
	stores := catalog.New(contents, catalog.DefaultPolicy(), view.Now())
	return (&Server{started: started}).withFleet(told, view, stores, query)
}
