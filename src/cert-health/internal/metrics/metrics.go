// Package metrics writes a report as Prometheus metrics, for a scrape and for
// node_exporter's textfile collector, and serves them.
//
// The metrics whose names begin with x509_ are those of enix/x509-certificate-exporter,
// with its labels as of v4.2.0 (pkg/registry/labels.go and docs/metrics.md there), so that
// its alert rules (chart/templates/prometheusrule.yaml) and its dashboard work with them.
// Those that begin with cert_health_ are our own. docs/metrics.md explains them all.
//
// Only names, places, codes, numbers and times of a report become metrics. Its messages
// do not: they can quote a file or a server.
package metrics

import (
	"io"
	"time"

	"cert-health/internal/promtext"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// staleAfter is the age of the last scan from which the agent counts as hung or dead. monit's
// check of the heartbeat reports it at the same time.
const staleAfter = 15 * time.Minute

// DefaultMaxPlacements is the default limit of listed placements: many times the number on
// the largest VM of a Cloud Foundry.
const DefaultMaxPlacements = 500

// State is what an agent knows besides its report.
type State struct {
	Version string
	// Scanned is when the last scan was completed; zero before the first.
	Scanned time.Time
	// Failing is set when the last attempt to scan failed.
	Failing bool
	// Errors counts what could not be read since the agent started.
	Errors Tally
	// Requests counts the requests to Vault since the agent started.
	Requests uint64
	// Served is set when files are compared with served certificates. Without it, the
	// metrics about served certificates are left out.
	Served bool
}

// Fresh tells whether a scan was completed within staleAfter. The time of a scan is in the
// future if the clock was set back since: then it says nothing.
func (s State) Fresh(now time.Time) bool {
	return !s.Scanned.IsZero() && !verdict.Passed(s.Scanned, now, staleAfter)
}

// Options say what is written besides the report.
type Options struct {
	Now   time.Time
	State State
	// All lists every certificate; otherwise those with a finding of at least a warning.
	All bool
	// MaxPlacements limits the listed placements, the worst first; 0 is
	// DefaultMaxPlacements. A metric counts those that are left out.
	MaxPlacements int
}

// encoder writes the metrics of one report.
type encoder struct {
	*promtext.Writer
	report  *report.Report // nil before the first report
	options Options

	listed []placement
	left   int // placements beyond the limit
}

// Write writes the metrics of a report; nil when there is none yet. It reads no clock,
// and the same report and options give the same bytes.
func Write(w io.Writer, r *report.Report, o Options) error {
	e := encoder{report: r, options: o}
	if o.MaxPlacements <= 0 {
		e.options.MaxPlacements = DefaultMaxPlacements
	}
	if r == nil {
		e.Writer = promtext.NewWriter(w)
	} else {
		e.Writer = promtext.NewWriter(w, instanceLabels(r.Instance)...)
		e.list()
	}
	for _, f := range catalogue() {
		if r != nil || f.unreported {
			e.Metric(f.name, f.kind, f.help)
			f.write(&e)
		}
	}
	return e.Flush()
}

// instanceLabels are the labels of every sample that name the VM. They are those of
// cloudfoundry/bosh_exporter (collectors/jobs_collector_metrics.go), whose "job" is what
// BOSH calls an instance group, so that our metrics can be joined with its metrics. "job"
// and "instance" belong to Prometheus, which renames them in other people's metrics.
func instanceLabels(i report.Instance) []promtext.Label {
	return []promtext.Label{label("bosh_deployment", i.Deployment), label("bosh_job_name", i.Group), label("bosh_job_id", i.ID)}
}

func label(name, value string) promtext.Label { return promtext.Label{Name: name, Value: value} }
