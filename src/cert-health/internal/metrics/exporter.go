package metrics

import (
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"cert-health/internal/promtext"
	"cert-health/internal/report"
)

// Exporter serves the metrics of an agent. The agent sets the report and the state; other
// goroutines write the metrics at any time. Each time they are computed with the current
// clock, so that an agent that hangs does not look alive.
type Exporter struct {
	Now           func() time.Time
	All           bool
	MaxPlacements int

	latest atomic.Pointer[snapshot]
}

type snapshot struct {
	report *report.Report
	state  State
}

// Set replaces the report and the state. The report must not be changed afterwards; it is
// nil before the first scan.
func (e *Exporter) Set(r *report.Report, s State) { e.latest.Store(&snapshot{r, s}) }

func (e *Exporter) current() snapshot {
	if s := e.latest.Load(); s != nil {
		return *s
	}
	return snapshot{}
}

// Write writes the metrics as of now.
func (e *Exporter) Write(w io.Writer) error {
	s := e.current()
	return Write(w, s.report, Options{Now: e.Now(), State: s.state, All: e.All, MaxPlacements: e.MaxPlacements})
}

// Handler serves GET /metrics and GET /healthz.
func (e *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", e.metrics)
	mux.HandleFunc("GET /healthz", e.healthz)
	return mux
}

func (e *Exporter) metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", promtext.ContentType)
	// An error means that the client is gone.
	_ = e.Write(w)
}

// healthz answers 200 while scans are completed, whatever they find: it tells the agent's
// health and not the certificates'.
func (e *Exporter) healthz(w http.ResponseWriter, _ *http.Request) {
	state := e.current().state
	answer, code := "ok\n", http.StatusOK
	switch {
	case state.Scanned.IsZero():
		answer, code = "no scan was completed yet\n", http.StatusServiceUnavailable
	case !state.Fresh(e.Now()):
		answer, code = "the last scan was completed at "+state.Scanned.UTC().Format(time.RFC3339)+"\n", http.StatusServiceUnavailable
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, answer)
}
