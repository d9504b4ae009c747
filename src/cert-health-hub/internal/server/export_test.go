package server

import (
	"net/http"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/settings"
)

// Metrics is the handler of /metrics over one view.
func Metrics(s settings.Metrics, view *catalog.View) http.Handler {
	return &metrics{s, "dev", func() *catalog.View { return view }, func() bool { return true }, nil}
}
