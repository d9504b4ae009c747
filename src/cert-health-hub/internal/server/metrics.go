package server

import (
	"crypto/subtle"
	"io"
	"net/http"
	"runtime"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/settings"
	"cert-health/internal/promtext"
)

// metrics answers /metrics.
type metrics struct {
	settings settings.Metrics
	version  string
	view     func() *catalog.View
	leads    func() bool
	agents   *agents
}

// ServeHTTP implements http.Handler.
func (m *metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token := m.settings.Token.Reveal(); token != "" {
		sent := r.Header.Get("Authorization")
		if subtle.ConstantTimeCompare([]byte(sent), []byte("Bearer "+token)) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "the token of metrics.token is missing or wrong: send it as Authorization: Bearer TOKEN", http.StatusUnauthorized)
			return
		}
	}
	w.Header().Set("Content-Type", promtext.ContentType)
	w.Header().Set("Cache-Control", "no-store")
	_ = m.write(w) // an error is that of the client's connection
}

func (m *metrics) write(out io.Writer) error {
	w, view := promtext.NewWriter(out), m.view()
	w.Metric("cert_health_hub_build_info", promtext.Gauge, "The version of the hub.")
	w.Sample(1, label("version", m.version), label("goversion", runtime.Version()))
	w.Metric("cert_health_hub_leader", promtext.Gauge, "1 if this hub collects and notifies, 0 if another one does.")
	w.Sample(promtext.Bool(m.leads()))
	m.agents.write(w)
	if view != nil {
		w.Metric("cert_health_hub_judged_timestamp_seconds", promtext.Gauge, "When the certificates were judged.")
		w.Sample(promtext.Time(view.Now()))
		writeSources(w, view)
		writeStates(w, view)
		if m.settings.Placements {
			writePlacements(w, view)
		}
	}
	return w.Flush()
}

func label(name, value string) promtext.Label { return promtext.Label{Name: name, Value: value} }

// sourceMetric is one number of each source.
type sourceMetric struct {
	name, help string
	value      func(catalog.SourceView) float64
}

func sourceMetrics() []sourceMetric {
	return []sourceMetric{
		{"up", "1 if the last collection of the source worked, 0 if it failed or there was none.", func(s catalog.SourceView) float64 {
			return promtext.Bool(s.State == catalog.SourceOK || s.State == catalog.SourcePartial)
		}},
		{"last_success_timestamp_seconds", "When the source was last seen; 0 if never.", func(s catalog.SourceView) float64 {
			if s.LastSuccess.IsZero() {
				return 0
			}
			return promtext.Time(s.LastSuccess)
		}},
		{"failures", "Collections that failed since the last success.", func(s catalog.SourceView) float64 { return promtext.Count(s.Failures) }},
		{"unseen", "Parts that the last collection could not see.", func(s catalog.SourceView) float64 { return promtext.Count(len(s.Unseen)) }},
		{"items", "Items of the source that the hub knows.", func(s catalog.SourceView) float64 { return promtext.Count(s.Items) }},
		{"requests", "Requests of the last collection.", func(s catalog.SourceView) float64 { return promtext.Count(s.Requests) }},
		{"duration_seconds", "How long the last collection took.", func(s catalog.SourceView) float64 { return s.Took.Seconds() }},
	}
}

func writeSources(w *promtext.Writer, view *catalog.View) {
	for _, m := range sourceMetrics() {
		w.Metric("cert_health_hub_source_"+m.name, promtext.Gauge, m.help)
		for _, s := range view.Sources() {
			w.Sample(m.value(s), label("source", s.Name), label("type", s.Type))
		}
	}
}

func writeStates(w *promtext.Writer, view *catalog.View) {
	w.Metric("cert_health_hub_certificates", promtext.Gauge, "Certificates by state. A certificate in several places counts once.")
	all := view.Summary().Counts
	for _, state := range catalog.States() {
		w.Sample(promtext.Count(all[state]), label("state", string(state)))
	}
	w.Metric("cert_health_hub_source_certificates", promtext.Gauge, "Certificates of a source by state.")
	for _, s := range view.Sources() {
		for _, state := range catalog.States() {
			w.Sample(promtext.Count(s.Counts[state]), label("source", s.Name), label("type", s.Type), label("state", string(state)))
		}
	}
	w.Metric("cert_health_hub_acknowledged", promtext.Gauge, "Certificates whose findings are acknowledged.")
	w.Sample(promtext.Count(len(view.Acks())))
}

// writePlacements writes one sample for each place of each certificate that can be in use.
func writePlacements(w *promtext.Writer, view *catalog.View) {
	var x509, credhub []sample
	for _, e := range view.All(catalog.Query{}) {
		if e.NotAfter.IsZero() {
			continue
		}
		for _, p := range e.InUse() {
			x509 = append(x509, sample{e, p, promtext.Render(exporterLabels(e, p)...)})
			if p.SourceType == "credhub" && p.State == inventory.Current {
				credhub = append(credhub, sample{e, p, nil})
			}
		}
	}
	writeExporter(w, view, unique(x509))
	writeCredHub(w, credhub)
}

// sample is a certificate at one place, and its labels.
type sample struct {
	*catalog.Entry
	catalog.Placement
	labels []byte
}

// unique leaves out samples with the labels of an earlier one: Prometheus takes no sample twice.
func unique(all []sample) (kept []sample) {
	seen := make(map[string]bool, len(all))
	for _, s := range all {
		if !seen[string(s.labels)] {
			seen[string(s.labels)] = true
			kept = append(kept, s)
		}
	}
	return kept
}
