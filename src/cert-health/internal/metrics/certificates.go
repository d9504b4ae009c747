package metrics

import (
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// each writes a number for each listed placement whose end nobody silenced.
func (p *page) each(value func(*report.Certificate) float64) {
	for i := range p.listed {
		if l := &p.listed[i]; !l.silenced {
			p.labelled(value(l.certificate), l.exporter)
		}
	}
}

func (p *page) notAfter() {
	p.each(func(c *report.Certificate) float64 { return float64(c.NotAfter.Unix()) })
}

func (p *page) notBefore() {
	p.each(func(c *report.Certificate) float64 { return float64(c.NotBefore.Unix()) })
}

func (p *page) expired() {
	p.each(func(c *report.Certificate) float64 { return flag(p.options.Now.After(c.NotAfter)) })
}

func (p *page) certificates() {
	var counts [verdict.Critical + 1]int
	for i := range p.report.Certificates {
		counts[worst(&p.report.Certificates[i])]++
	}
	for severity, n := range counts {
		p.sample(count(n), label{"severity", verdict.Severity(severity).String()})
	}
}

func (p *page) placements() { p.sample(count(p.report.Summary.Placements)) }

func (p *page) leftOut() { p.sample(count(p.left)) }

// nextExpiry looks at the certificates that are well too: it is what is left of them
// when only the others are listed.
func (p *page) nextExpiry() {
	next := map[cert.Role]time.Time{}
	for i := range p.report.Certificates {
		c := &p.report.Certificates[i]
		known, ok := next[c.Role]
		if !c.NotAfter.Before(p.options.Now) && (!ok || c.NotAfter.Before(known)) {
			next[c.Role] = c.NotAfter
		}
	}
	for _, role := range []cert.Role{cert.Leaf, cert.CA, cert.Trust} {
		if end, ok := next[role]; ok {
			p.sample(float64(end.Unix()), label{"role", string(role)})
		}
	}
}

// referenceStates counts by cert.ReferenceState, and those that could not be compared at
// all as "not_compared". Without a reference nothing is said.
func (p *page) referenceStates() {
	if !p.compared() {
		return
	}
	states := []cert.ReferenceState{cert.Current, cert.Stale, cert.Unexpected, cert.Unknown, cert.Ambiguous, cert.Behind, cert.Deleted, "not_compared"}
	counts := make([]int, len(states))
	for i := range p.report.Certificates {
		if !p.report.Certificates[i].Comparable() {
			continue
		}
		state := cert.ReferenceState("not_compared")
		if reference := p.report.Certificates[i].Reference; reference != nil {
			state = reference.State
		}
		if i := slices.Index(states, state); i >= 0 {
			counts[i]++
		}
	}
	for i, state := range states {
		p.sample(count(counts[i]), label{"state", string(state)})
	}
}
