package metrics

import (
	"time"

	"cert-health/internal/promtext"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

func findingLabels() []string {
	return append([]string{"code", "severity", "name", "role", "bosh_release_job_name", "fingerprint"}, placeLabels()...)
}

// fingerprintDigits is the number of a fingerprint's digits in a label: as many as in an
// alert of the agent.
const fingerprintDigits = 12

type codeSeverity struct {
	code     verdict.Code
	severity string
}

// findings writes all combinations, with value 0 too: an alert rule cannot tell a series
// that is missing from one that is fine.
func (e *encoder) findings() {
	counts := map[codeSeverity]int{}
	for i := range e.report.Certificates {
		for _, f := range e.report.Certificates[i].Findings {
			counts[codeSeverity{f.Code, f.Severity.String()}]++
		}
	}
	for _, code := range verdict.Codes() {
		for _, severity := range verdict.Severities() {
			e.Sample(promtext.Count(counts[codeSeverity{code, severity}]), label("code", string(code)), label("severity", severity))
		}
	}
}

// placementFindings writes each finding at each place. The report has a finding once for
// all places of a certificate; places where the configuration ignores it are left out.
func (e *encoder) placementFindings() {
	ignored := e.ignoredPlaces()
	for i := range e.listed {
		l := &e.listed[i]
		c := l.certificate
		for _, f := range c.Findings {
			if !e.options.All && f.Severity < verdict.Warning || ignored[ignoredPlace{f.Code, c.Fingerprint, l.location}] {
				continue
			}
			labels := []promtext.Label{label("code", string(f.Code)), label("severity", f.Severity.String()), label("name", c.Name), label("role", string(c.Role)),
				label("bosh_release_job_name", l.location.Job), label("fingerprint", c.Fingerprint[:min(len(c.Fingerprint), fingerprintDigits)])}
			e.Sample(promtext.Time(moment(c, f.Code)), append(labels, l.place()...)...)
		}
	}
}

// moment is the point in time that a finding is about; zero if there is none.
func moment(c *report.Certificate, code verdict.Code) time.Time {
	switch code.Moment() {
	case verdict.EndOfValidity:
		return c.NotAfter
	case verdict.StartOfValidity:
		return c.NotBefore
	case verdict.StartOfDrift:
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

func (e *encoder) ignoredPlaces() map[ignoredPlace]bool {
	places := map[ignoredPlace]bool{}
	for _, i := range e.report.Ignored {
		for _, location := range i.Locations {
			places[ignoredPlace{i.Code, i.Fingerprint, location}] = true
		}
	}
	return places
}

// problemCodes are the codes that problems have: for what could not be read, and for what
// expires and is not a deployed certificate.
func problemCodes() []verdict.Code {
	return []verdict.Code{verdict.Unverified, verdict.Unreadable, verdict.OverBudget, verdict.ReferenceUnavailable, verdict.Expired, verdict.ExpiringSoon, verdict.Expiring}
}

func (e *encoder) problems() {
	counts := map[verdict.Code]int{}
	for _, problem := range e.report.Problems {
		counts[problem.Code]++
	}
	for _, code := range problemCodes() {
		e.Sample(promtext.Count(counts[code]), label("code", string(code)))
	}
}

func (e *encoder) unverified() { e.Sample(promtext.Count(e.report.Summary.Unverified)) }

func (e *encoder) ignored() { e.Sample(promtext.Count(len(e.report.Ignored))) }

func (e *encoder) servedDrift() {
	if !e.options.State.Served {
		return
	}
	n := 0
	for i := range e.report.Certificates {
		if served := e.report.Certificates[i].Served; served != nil && served.State == report.NotLoaded {
			n++
		}
	}
	e.Sample(promtext.Count(n))
}
