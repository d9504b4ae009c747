package metrics

import (
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/promtext"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// each writes one value for each listed placement whose expiry is not ignored.
func (e *encoder) each(value func(*report.Certificate) float64) {
	for i := range e.listed {
		if l := &e.listed[i]; !l.silenced {
			e.SampleRendered(value(l.certificate), l.exporter)
		}
	}
}

func (e *encoder) notAfter() {
	e.each(func(c *report.Certificate) float64 { return float64(c.NotAfter.Unix()) })
}

func (e *encoder) notBefore() {
	e.each(func(c *report.Certificate) float64 { return float64(c.NotBefore.Unix()) })
}

func (e *encoder) expired() {
	e.each(func(c *report.Certificate) float64 { return promtext.Bool(e.options.Now.After(c.NotAfter)) })
}

func (e *encoder) certificates() {
	var counts [verdict.Critical + 1]int
	for i := range e.report.Certificates {
		counts[worst(&e.report.Certificates[i])]++
	}
	for severity, n := range counts {
		e.Sample(promtext.Count(n), label("severity", verdict.Severity(severity).String()))
	}
}

func (e *encoder) placements() { e.Sample(promtext.Count(e.report.Summary.Placements)) }

func (e *encoder) leftOut() { e.Sample(promtext.Count(e.left)) }

// nextExpiry counts the certificates without findings too: without All, no other metric has
// their dates.
func (e *encoder) nextExpiry() {
	next := map[cert.Role]time.Time{}
	for i := range e.report.Certificates {
		c := &e.report.Certificates[i]
		known, ok := next[c.Role]
		if !c.NotAfter.Before(e.options.Now) && (!ok || c.NotAfter.Before(known)) {
			next[c.Role] = c.NotAfter
		}
	}
	for _, role := range []cert.Role{cert.Leaf, cert.CA, cert.Trust} {
		if end, ok := next[role]; ok {
			e.Sample(float64(end.Unix()), label("role", string(role)))
		}
	}
}

// referenceStates counts by cert.ReferenceState. Certificates that could not be compared
// count as "not_compared". Without a source there are no samples.
func (e *encoder) referenceStates() {
	if !e.compared() {
		return
	}
	states := []cert.ReferenceState{cert.Current, cert.Stale, cert.Unexpected, cert.Unknown, cert.Ambiguous, cert.Behind, cert.Deleted, "not_compared"}
	counts := make([]int, len(states))
	for i := range e.report.Certificates {
		if !e.report.Certificates[i].Comparable() {
			continue
		}
		state := cert.ReferenceState("not_compared")
		if reference := e.report.Certificates[i].Reference; reference != nil {
			state = reference.State
		}
		if i := slices.Index(states, state); i >= 0 {
			counts[i]++
		}
	}
	for i, state := range states {
		e.Sample(promtext.Count(counts[i]), label("state", string(state)))
	}
}
