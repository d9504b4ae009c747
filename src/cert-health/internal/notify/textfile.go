package notify

import (
	"context"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"cert-health/internal/atomicfile"
	"cert-health/internal/promtext"
)

// Textfile writes metrics for the textfile collector of Prometheus' node_exporter.
type Textfile struct {
	dir     string
	log     Logger
	latest  chan Snapshot // holds at most the newest
	failing bool
}

// NewTextfile makes one that writes cert-health.prom into a folder.
func NewTextfile(dir string, log Logger) *Textfile {
	return &Textfile{dir: dir, log: log, latest: make(chan Snapshot, 1)}
}

// Show takes the newest state. It never waits, and is for one goroutine at a time.
func (t *Textfile) Show(s Snapshot) {
	select {
	case <-t.latest: // nobody needs the older one any more
	default:
	}
	t.latest <- s
}

// Run writes each state that is shown until the context ends, and the last one then.
func (t *Textfile) Run(ctx context.Context) {
	atomicfile.RemoveTemporary(t.path())
	for {
		select {
		case s := <-t.latest:
			t.tell(t.write(s))
			continue
		default:
		}
		select {
		case s := <-t.latest:
			t.tell(t.write(s))
		case <-ctx.Done():
			return
		}
	}
}

// write replaces the file. The collector runs as another user than the plugin, so every
// user may read the file.
func (t *Textfile) write(s Snapshot) error {
	return atomicfile.WriteFunc(t.path(), 0o644, s.write)
}

func (t *Textfile) path() string { return filepath.Join(t.dir, "cert-health.prom") }

// tell logs when writing begins to fail and when it works again.
func (t *Textfile) tell(err error) {
	switch {
	case err != nil && !t.failing:
		t.log.Error("textfile", "%s; in the Health Monitor's container only folders below /var/vcap/sys/log can be written", err)
	case err == nil && t.failing:
		t.log.Info("textfile", "the metrics are written again")
	}
	t.failing = err != nil
}

// write writes the state in Prometheus' text format.
func (s Snapshot) write(out io.Writer) error {
	w := promtext.NewWriter(out)
	s.incidents(w)
	w.Metric("cert_health_plugin_events_total", promtext.Counter, "Lines read from the Health Monitor, by what they are.")
	for _, sort := range slices.Sorted(maps.Keys(s.Events)) {
		w.Sample(promtext.Count(s.Events[sort]), label("sort", sort))
	}
	w.Metric("cert_health_plugin_left_out_total", promtext.Counter, "Reports beyond a limit, which were not counted.")
	w.Sample(promtext.Count(s.LeftOut.Deployments), label("limit", "deployments"))
	w.Sample(promtext.Count(s.LeftOut.Instances), label("limit", "instances"))
	w.Sample(promtext.Count(s.LeftOut.Certificates), label("limit", "certificates"))
	s.receivers(w)
	return w.Flush()
}

func (s Snapshot) incidents(w *promtext.Writer) {
	w.Metric("cert_health_incident_certificates", promtext.Gauge, "Certificates of an open incident.")
	for _, n := range s.Incidents {
		w.Sample(promtext.Count(n.CertificateCount), label("deployment", n.Deployment), label("class", string(n.Class)))
	}
	w.Metric("cert_health_incident_instances", promtext.Gauge, "Instances of an open incident.")
	for _, n := range s.Incidents {
		w.Sample(promtext.Count(n.InstanceCount), label("deployment", n.Deployment), label("class", string(n.Class)))
	}
}

func (s Snapshot) receivers(w *promtext.Writer) {
	w.Metric("cert_health_plugin_delivered_total", promtext.Counter, "Notices that a receiver has taken.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Delivered), label("receiver", r.Name))
	}
	w.Metric("cert_health_plugin_dropped_total", promtext.Counter, "Notices that a receiver will never get.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Dropped), label("receiver", r.Name))
	}
	w.Metric("cert_health_plugin_queued", promtext.Gauge, "Notices that wait for a receiver.")
	for _, r := range s.Receivers {
		w.Sample(promtext.Count(r.Queued), label("receiver", r.Name))
	}
}

func label(name, value string) promtext.Label { return promtext.Label{Name: name, Value: value} }
