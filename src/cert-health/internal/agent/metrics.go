package agent

import (
	"context"
	"reflect"

	"cert-health/internal/config"
	"cert-health/internal/metrics"
	"cert-health/internal/report"
)

// exposition is how the loop's knowledge becomes metrics.
type exposition struct {
	exporter *metrics.Exporter
	settings config.Metrics
	tally    metrics.Tally
	requests uint64         // sent to Vault since the start
	failing  bool           // the last attempt to scan failed
	report   *report.Report // the last; nil before the first
	stop     func()         // ends the server and waits for it; nil while there is none
}

// prepare takes other settings into use. A server with the old ones ends.
func (x *exposition) prepare(a *Agent, settings config.Metrics) {
	if x.exporter != nil && reflect.DeepEqual(settings, x.settings) {
		return
	}
	x.end()
	x.settings = settings
	x.exporter = &metrics.Exporter{Now: a.Clock.Now, All: settings.All, MaxPlacements: settings.MaxPlacements}
}

// expose hands out the last report by the ways that are configured. A server that cannot
// listen is tried again the next time.
func (l *loop) expose(ctx context.Context) {
	x := &l.exposition
	x.exporter.Set(x.report, metrics.State{Version: l.Version, Scanned: l.scanned, Failing: x.failing, Errors: x.tally, Requests: x.requests, Served: l.seen.Made})
	if x.settings.TextfileDir != "" {
		l.changes.failure(l.Log, "metrics file", x.exporter.Textfile(x.settings.TextfileDir))
	}
	if x.settings.Address != "" && x.stop == nil {
		l.changes.failure(l.Log, "metrics server", x.serve(ctx, l.Agent))
	}
}

// serve begins to listen, and serves beside the loop.
func (x *exposition) serve(ctx context.Context, a *Agent) error {
	server := metrics.Server{
		Address: x.settings.Address, TLS: metrics.TLS(x.settings.TLS), Handler: x.exporter.Handler(),
		OnError: func(err error) { a.Log.Error(logTag, "%s", err) },
	}
	listener, err := server.Listen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := server.Serve(ctx, listener); err != nil {
			a.Log.Error(logTag, "%s", err)
		}
	}()
	x.stop = func() { cancel(); <-ended }
	return nil
}

// end leaves nothing that would speak for an agent that is no more.
func (x *exposition) end() {
	if x.stop != nil {
		x.stop()
		x.stop = nil
	}
	if x.settings.TextfileDir != "" {
		_ = metrics.RemoveTextfile(x.settings.TextfileDir)
	}
}
