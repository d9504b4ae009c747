package alerts

import (
	"context"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"cert-health/internal/atomicfile"
	"cert-health/internal/notify"
	"cert-health/internal/promtext"
)

// Snapshot is the state of the plugin at one moment.
type Snapshot struct {
	Incidents []notify.Notice
	Events    map[string]uint64 // by kind of event
	LeftOut   notify.LeftOut
	Receivers []notify.Stats
}

// MetricsFile writes metrics for the textfile collector of Prometheus' node_exporter.
type MetricsFile struct {
	path   string
	latest newest[Snapshot]
	outage outage
}

// NewMetricsFile returns one that writes cert-health.prom into a directory.
func NewMetricsFile(directory string, log notify.Logger) *MetricsFile {
	return &MetricsFile{path: filepath.Join(directory, "cert-health.prom"), latest: makeNewest[Snapshot](), outage: outage{log: log, tag: "textfile",
		begins: "%s; the Health Monitor's container can write only below /var/vcap/sys/log: set textfile.directory to a directory there",
		ends:   "the metrics are written again"}}
}

// Show takes the newest state. It never waits. Only one goroutine may call it at a time.
func (m *MetricsFile) Show(s Snapshot) { m.latest.show(s) }

// Run writes each state that Show takes. When the context ends it writes the last state
// and returns.
func (m *MetricsFile) Run(ctx context.Context) {
	atomicfile.RemoveTemporary(m.path)
	m.latest.run(ctx, func(s Snapshot) { m.outage.note(m.write(s)) })
}

// write replaces the file. Its mode lets the collector read it, which runs as another user.
func (m *MetricsFile) write(s Snapshot) error {
	return atomicfile.WriteFunc(m.path, 0o644, s.metrics)
}

// metrics writes the state in Prometheus' text format.
func (s Snapshot) metrics(to io.Writer) error {
	w := promtext.NewWriter(to)
	w.Metric("cert_health_incident_certificates", promtext.Gauge, "Certificates of an open incident.")
	for _, n := range s.Incidents {
		w.Sample(promtext.Count(n.CertificateCount), incidentLabels(n)...)
	}
	w.Metric("cert_health_incident_instances", promtext.Gauge, "Instances of an open incident.")
	for _, n := range s.Incidents {
		w.Sample(promtext.Count(n.InstanceCount), incidentLabels(n)...)
	}
	w.Metric("cert_health_incident_silent_instances", promtext.Gauge, "Instances of an open incident whose agent sends no alerts any more.")
	for _, n := range s.Incidents {
		w.Sample(promtext.Count(n.SilentCount), incidentLabels(n)...)
	}
	w.Metric("cert_health_plugin_events_total", promtext.Counter, "Lines read from the Health Monitor, by kind.")
	for _, sort := range slices.Sorted(maps.Keys(s.Events)) {
		w.Sample(promtext.Count(s.Events[sort]), promtext.Label{Name: "sort", Value: sort})
	}
	w.Metric("cert_health_plugin_left_out_total", promtext.Counter, "Reports that are not counted because of a limit.")
	w.Sample(promtext.Count(s.LeftOut.Deployments), promtext.Label{Name: "limit", Value: "deployments"})
	w.Sample(promtext.Count(s.LeftOut.Instances), promtext.Label{Name: "limit", Value: "instances"})
	w.Sample(promtext.Count(s.LeftOut.Certificates), promtext.Label{Name: "limit", Value: "certificates"})
	s.receiverMetrics(w)
	return w.Flush()
}

func (s Snapshot) receiverMetrics(w *promtext.Writer) {
	receiver := func(r notify.Stats) promtext.Label { return promtext.Label{Name: "receiver", Value: r.Name} }
	w.Metric("cert_health_plugin_delivered_total", promtext.Counter, "Notices that a receiver accepted.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Delivered), receiver(r))
	}
	w.Metric("cert_health_plugin_dropped_total", promtext.Counter, "Notices that were dropped before a receiver accepted them.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Dropped), receiver(r))
	}
	w.Metric("cert_health_plugin_queued", promtext.Gauge, "Notices that wait for a receiver.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Queued), receiver(r))
	}
}

func incidentLabels(n notify.Notice) []promtext.Label {
	return []promtext.Label{{Name: "deployment", Value: n.Deployment}, {Name: "class", Value: string(n.Class)}}
}
