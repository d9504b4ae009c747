package agent

import (
	"context"

	"cert-health/internal/config"
	"cert-health/internal/metrics"
)

// metricsFile is the sink that writes metrics for node_exporter's textfile collector.
type metricsFile struct {
	exporter *metrics.Exporter
	dir      string
}

func (l *loop) newMetricsFile(settings config.Metrics) *metricsFile {
	return &metricsFile{exporter: l.newExporter(settings), dir: settings.TextfileDir}
}

// Publish writes the file.
func (m *metricsFile) Publish(_ context.Context, s Snapshot) error {
	m.exporter.Set(s.Report, s.State)
	return m.exporter.Textfile(m.dir)
}

// Close removes the file, which would look like the metrics of a running agent.
func (m *metricsFile) Close() { _ = metrics.RemoveTextfile(m.dir) }
