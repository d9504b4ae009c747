package metrics

import (
	"runtime"
)

// The one source of certificates, as the exporter names its own: a kind from its list, and
// a name of our choice. Vault is none of these. Its rule on x509_source_up says that
// certificates are not watched any more, and they are without Vault too.
const (
	sourceKind = "file"
	sourceName = "jobs"
)

func (p *page) sourceUp() {
	s := p.options.State
	p.sample(flag(s.Fresh(p.options.Now) && !s.Failing), label{"source_kind", sourceKind}, label{"source_name", sourceName})
}

// sourceErrors writes the reasons that did not occur too, as the exporter does: increase()
// sees nothing of a counter that appears with its first error.
func (p *page) sourceErrors() {
	for _, reason := range Reasons() {
		p.sample(count(p.options.State.Errors.of(reason)),
			label{"source_kind", sourceKind}, label{"source_name", sourceName}, label{"reason", string(reason)})
	}
}

func (p *page) build() {
	p.sample(1, label{"version", p.options.State.Version}, label{"goversion", runtime.Version()})
}

// lastSuccess leaves out a source that was never read: it has no such time.
func (p *page) lastSuccess() {
	if scanned := p.options.State.Scanned; !scanned.IsZero() {
		p.sample(at(scanned), label{"source", "files"})
	}
	if p.report != nil && p.compared() && !p.report.Reference.CheckedAt.IsZero() {
		p.sample(at(p.report.Reference.CheckedAt), label{"source", p.report.Reference.Source})
	}
}

func (p *page) duration() { p.sample(float64(p.report.DurationMS) / 1000) }

func (p *page) files() {
	s := p.report.Summary
	p.sample(count(s.With), label{"outcome", "with_certificates"})
	p.sample(count(s.Without), label{"outcome", "without_certificates"})
	p.sample(count(s.Unreadable), label{"outcome", "unreadable"})
}

// compared tells whether there is a reference at all. Without one nothing is said of it.
func (p *page) compared() bool { return p.report.Reference.Source != "" }

func (p *page) referenceUp() {
	if p.compared() {
		p.sample(flag(p.report.Reference.State == "ok"), label{"source", p.report.Reference.Source})
	}
}

// requests is 0 where there is no Vault, which is true.
func (p *page) requests() { p.sample(count(p.options.State.Requests)) }

func (p *page) requestsDay() {
	if p.compared() {
		p.sample(count(p.report.Reference.RequestsDay))
	}
}

func (p *page) secrets() {
	if p.compared() {
		p.sample(count(p.report.Reference.Secrets))
	}
}
