package metrics

import (
	"time"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

func findingLabels() []string {
	return append([]string{"code", "severity", "name", "role", "bosh_release_job_name", "fingerprint"}, placeLabels()...)
}

// shownFingerprint is how many digits of a fingerprint are a label, as many as an alert
// of the agent shows.
const shownFingerprint = 12

// findings writes all combinations, the zeros too: a rule over a series that is not
// there is as silent as one over a series that is well.
func (p *page) findings() {
	counts := map[label]int{}
	for i := range p.report.Certificates {
		for _, f := range p.report.Certificates[i].Findings {
			counts[label{string(f.Code), f.Severity.String()}]++
		}
	}
	for _, code := range verdict.Codes() {
		for _, severity := range verdict.Severities() {
			p.sample(count(counts[label{string(code), severity}]), label{"code", string(code)}, label{"severity", severity})
		}
	}
}

// placementFindings writes what is not well one by one. The report keeps a finding once
// for all places of a certificate; where the configuration ignores it, it is not written.
func (p *page) placementFindings() {
	ignored := p.ignoredPlaces()
	for i := range p.listed {
		l := &p.listed[i]
		c := l.certificate
		for _, f := range c.Findings {
			if !p.options.All && f.Severity < verdict.Warning || ignored[ignoredPlace{f.Code, c.Fingerprint, l.location}] {
				continue
			}
			labels := []label{{"code", string(f.Code)}, {"severity", f.Severity.String()}, {"name", c.Name}, {"role", string(c.Role)},
				{"bosh_release_job_name", l.location.Job}, {"fingerprint", c.Fingerprint[:min(len(c.Fingerprint), shownFingerprint)]}}
			p.sample(at(moment(c, f.Code)), append(labels, l.place()...)...)
		}
	}
}

// moment is what a finding is about in time; zero where it has no time.
func moment(c *report.Certificate, code verdict.Code) time.Time {
	switch code {
	case verdict.Expired, verdict.ExpiringSoon, verdict.Expiring:
		return c.NotAfter
	case verdict.NotYetValid:
		return c.NotBefore
	case verdict.Stale, verdict.Unexpected, verdict.ReferenceUnavailable:
		if c.Reference != nil {
			return c.Reference.Since
		}
	}
	return time.Time{}
}

type ignoredPlace struct {
	code        verdict.Code
	fingerprint string
	location    report.Location
}

func (p *page) ignoredPlaces() map[ignoredPlace]bool {
	places := map[ignoredPlace]bool{}
	for _, i := range p.report.Ignored {
		for _, location := range i.Locations {
			places[ignoredPlace{i.Code, i.Fingerprint, location}] = true
		}
	}
	return places
}

// problemCodes are those of what is no finding of a certificate: what could not be read,
// and what ends that is no certificate.
func problemCodes() []verdict.Code {
	return []verdict.Code{verdict.Unreadable, verdict.ReferenceUnavailable, verdict.Expired, verdict.ExpiringSoon, verdict.Expiring}
}

func (p *page) problems() {
	counts := map[verdict.Code]int{}
	for _, problem := range p.report.Problems {
		counts[problem.Code]++
	}
	for _, code := range problemCodes() {
		p.sample(count(counts[code]), label{"code", string(code)})
	}
}

func (p *page) ignored() { p.sample(count(len(p.report.Ignored))) }

func (p *page) servedDrift() {
	if !p.options.State.Served {
		return
	}
	n := 0
	for i := range p.report.Certificates {
		if served := p.report.Certificates[i].Served; served != nil && served.State == report.NotLoaded {
			n++
		}
	}
	p.sample(count(n))
}
