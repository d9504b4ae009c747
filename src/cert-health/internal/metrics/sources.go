package metrics

import (
	"runtime"

	"cert-health/internal/promtext"
	"cert-health/internal/reference"
)

// The one place that certificates are read from, named as the exporter names its own: a
// kind from its list, and a name of our choice. Vault is not one of them: the exporter's
// rule on x509_source_up reports that certificates are not watched any more, and they are
// watched without Vault too.
const (
	sourceKind = "file"
	sourceName = "jobs"
)

func (e *encoder) sourceUp() {
	s := e.options.State
	e.Sample(promtext.Bool(s.Fresh(e.options.Now) && !s.Failing), label("source_kind", sourceKind), label("source_name", sourceName))
}

// sourceErrors writes the reasons that did not occur too, as the exporter does: increase()
// misses the first error of a counter that appears with it.
func (e *encoder) sourceErrors() {
	for _, reason := range Reasons() {
		e.Sample(promtext.Count(e.options.State.Errors.of(reason)),
			label("source_kind", sourceKind), label("source_name", sourceName), label("reason", string(reason)))
	}
}

func (e *encoder) build() {
	e.Sample(1, label("version", e.options.State.Version), label("goversion", runtime.Version()))
}

// lastSuccess leaves out what was never read: it has no such time.
func (e *encoder) lastSuccess() {
	if scanned := e.options.State.Scanned; !scanned.IsZero() {
		e.Sample(promtext.Time(scanned), label("source", "files"))
	}
	if e.report != nil && e.compared() && !e.report.Reference.CheckedAt.IsZero() {
		e.Sample(promtext.Time(e.report.Reference.CheckedAt), label("source", e.report.Reference.Source))
	}
}

func (e *encoder) duration() { e.Sample(float64(e.report.DurationMS) / 1000) }

func (e *encoder) files() {
	s := e.report.Summary
	e.Sample(promtext.Count(s.With), label("outcome", "with_certificates"))
	e.Sample(promtext.Count(s.Without), label("outcome", "without_certificates"))
	e.Sample(promtext.Count(s.Unreadable), label("outcome", "unreadable"))
}

// compared tells whether there is a source of references.
func (e *encoder) compared() bool { return e.report.Reference.Source != "" }

// referenceUp leaves out a source that was not asked since the agent started: it is neither up nor
// down.
func (e *encoder) referenceUp() {
	if e.compared() && e.report.Reference.State != string(reference.NotAsked) {
		e.Sample(promtext.Bool(e.report.Reference.State == "ok"), label("source", e.report.Reference.Source))
	}
}

// requests is 0 without Vault.
func (e *encoder) requests() { e.Sample(promtext.Count(e.options.State.Requests)) }

func (e *encoder) requestsDay() {
	if e.compared() {
		e.Sample(promtext.Count(e.report.Reference.RequestsDay))
	}
}

func (e *encoder) secrets() {
	if e.compared() {
		e.Sample(promtext.Count(e.report.Reference.Secrets))
	}
}
