package agent

import (
	"context"

	"github.com/cloudfoundry/bosh-utils/logger"

	"cert-health/internal/config"
	"cert-health/internal/metrics"
)

// metricsServer is the sink that serves metrics. If it cannot listen, it tries again with
// the next snapshot.
type metricsServer struct {
	exporter *metrics.Exporter
	server   metrics.Server
	log      logger.Logger
	stop     func() // ends the server and waits for it; nil while there is none
}

func (l *loop) newMetricsServer(settings config.Metrics) *metricsServer {
	m := &metricsServer{exporter: l.newExporter(settings), log: l.Log}
	m.server = metrics.Server{Address: settings.Address, TLS: settings.TLS, Handler: m.exporter.Handler(), OnError: m.logError}
	return m
}

func (l *loop) newExporter(settings config.Metrics) *metrics.Exporter {
	return &metrics.Exporter{Now: l.Clock.Now, All: settings.All, MaxPlacements: settings.MaxPlacements}
}

// Publish makes the server answer with a snapshot.
func (m *metricsServer) Publish(ctx context.Context, s Snapshot) error {
	m.exporter.Set(s.Report, s.State)
	if m.stop != nil {
		return nil
	}
	listener, err := m.server.Listen()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := m.server.Serve(ctx, listener); err != nil {
			m.logError(err)
		}
	}()
	m.stop = func() { cancel(); <-ended }
	return nil
}

func (m *metricsServer) logError(err error) { m.log.Error(logTag, "%s", err) }

// Close ends the server.
func (m *metricsServer) Close() {
	if m.stop != nil {
		m.stop()
	}
}
