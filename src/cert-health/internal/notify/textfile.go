package notify

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// write replaces the file in one step. The collector reads *.prom only, and not as
// vcap.
func (t *Textfile) write(s Snapshot) error {
	file := filepath.Join(t.dir, "cert-health.prom")
	fresh := filepath.Join(t.dir, ".cert-health.prom.new")
	if err := os.WriteFile(fresh, []byte(s.metrics()), 0o644); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	if err := os.Chmod(fresh, 0o644); err != nil { // whatever the umask is
		return fmt.Errorf("open the metrics to the collector: %w", err)
	}
	if err := os.Rename(fresh, file); err != nil {
		return fmt.Errorf("replace the metrics: %w", err)
	}
	return nil
}

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

// metrics is the state in Prometheus' text format.
func (s Snapshot) metrics() string {
	var m metrics
	m.family("cert_health_incident_certificates", "gauge", "Certificates of an open incident.")
	for _, n := range s.Incidents {
		m.value(n.CertificateCount, "deployment", n.Deployment, "class", string(n.Class))
	}
	m.family("cert_health_incident_instances", "gauge", "Instances of an open incident.")
	for _, n := range s.Incidents {
		m.value(n.InstanceCount, "deployment", n.Deployment, "class", string(n.Class))
	}
	m.family("cert_health_plugin_events_total", "counter", "Lines read from the Health Monitor, by what they are.")
	for _, sort := range slices.Sorted(maps.Keys(s.Events)) {
		m.value(s.Events[sort], "sort", sort)
	}
	m.family("cert_health_plugin_left_out_total", "counter", "Reports beyond a limit, which were not counted.")
	m.value(s.LeftOut.Deployments, "limit", "deployments")
	m.value(s.LeftOut.Instances, "limit", "instances")
	m.value(s.LeftOut.Certificates, "limit", "certificates")
	m.family("cert_health_plugin_delivered_total", "counter", "Notices that a receiver has taken.")
	for _, r := range s.Receivers {
		m.value(r.Delivered, "receiver", r.Name)
	}
	m.family("cert_health_plugin_dropped_total", "counter", "Notices that a receiver will never get.")
	for _, r := range s.Receivers {
		m.value(r.Dropped, "receiver", r.Name)
	}
	m.family("cert_health_plugin_queued", "gauge", "Notices that wait for a receiver.")
	for _, r := range s.Receivers {
		m.value(r.Queued, "receiver", r.Name)
	}
	return m.text.String()
}

// metrics is a text in the making.
type metrics struct {
	text strings.Builder
	name string
}

func (m *metrics) family(name, kind, help string) {
	m.name = name
	fmt.Fprintf(&m.text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

// value writes one sample with its labels, names and values in turn.
func (m *metrics) value(value any, labels ...string) {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+escape.Replace(labels[i+1])+`"`)
	}
	fmt.Fprintf(&m.text, "%s{%s} %d\n", m.name, strings.Join(pairs, ","), value)
}
