// Package metrics writes a report in Prometheus' text format, for a scrape and for
// node_exporter's textfile collector, and serves it.
//
// The names that begin with x509_ are those of enix/x509-certificate-exporter, with
// its labels as of v4.2.0 (pkg/registry/labels.go and docs/metrics.md there), so that
// its alert rules (chart/templates/prometheusrule.yaml) and its dashboard work on
// them. Those that begin with cert_health_ are ours. docs/metrics.md explains them all.
//
// Only names, places, codes, numbers and times of a report become metrics. None of
// its sentences does: what was read of a file or said by a server can be in those.
//
// The format is written by hand. It has one line for each sample and three characters
// to escape; client_golang makes the agent 2.8 MB larger for it, and expfmt, which
// builds all samples in memory first, 1.8 MB.
package metrics

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"cert-health/internal/report"
)

// ContentType is what an answer in this format calls itself.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// StaleAfter is how old the last scan may be before the agent counts as hung or dead.
const StaleAfter = 15 * time.Minute

// DefaultMaxPlacements is how many placements are listed where nothing else is said:
// many times what is on the largest VM of a Cloud Foundry.
const DefaultMaxPlacements = 500

// State is what an agent knows and its report does not tell.
type State struct {
	Version string
	// Scanned is when the last scan was completed; zero when none was.
	Scanned time.Time
	// Failing tells that the last attempt to scan failed.
	Failing bool
	// Errors counts what could not be read since the agent started.
	Errors Tally
	// Requests counts those sent to Vault since the agent started.
	Requests uint64
	// Served tells that files are compared with what the processes serve. While they are not,
	// nothing is said of it.
	Served bool
}

// Fresh tells whether a scan was completed lately.
func (s State) Fresh(now time.Time) bool {
	return !s.Scanned.IsZero() && now.Sub(s.Scanned) < StaleAfter
}

// Options say what is written besides the report.
type Options struct {
	Now   time.Time
	State State
	// All lists every certificate; otherwise those with a finding of at least a warning.
	All bool
	// MaxPlacements bounds how many placements are listed, the worst first; 0 is
	// DefaultMaxPlacements. A metric tells how many were left out.
	MaxPlacements int
}

// Write writes the metrics of a report; nil when there is none yet. It reads no clock,
// and the same report and options give the same text.
func Write(w io.Writer, r *report.Report, o Options) error {
	p := page{out: bufio.NewWriter(w), report: r, options: o}
	if o.MaxPlacements <= 0 {
		p.options.MaxPlacements = DefaultMaxPlacements
	}
	if r != nil {
		p.identity = appendLabels(nil, identity(r.Instance))
		p.list()
	}
	for _, f := range catalogue() {
		if r != nil || f.unreported {
			p.begin(f.Family)
			f.write(&p)
		}
	}
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("write the metrics: %w", err)
	}
	return nil
}

// identity are the labels of every series that say which VM it is. They are those of
// cloudfoundry/bosh_exporter (collectors/jobs_collector_metrics.go), whose "job" is what
// BOSH calls an instance group: ours can be joined with its metrics. "job" and
// "instance" belong to Prometheus, which renames them when somebody else sets them.
func identity(i report.Instance) []label {
	return []label{{"bosh_deployment", i.Deployment}, {"bosh_job_name", i.Group}, {"bosh_job_id", i.ID}}
}
