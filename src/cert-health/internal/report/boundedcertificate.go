package report

import (
	"slices"

	"cert-health/internal/alert"
	"cert-health/internal/verdict"
)

// bounded is the certificate with the first of its places and names. Each job of it keeps a place.
func (c *Certificate) bounded() Certificate {
	b := *c
	b.Name, b.Subject, b.Issuer, b.Serial = Short(c.Name), Short(c.Subject), Short(c.Issuer), c.Serial[:min(len(c.Serial), maxText)]
	if more := len(c.Locations) - maxLocations; more > 0 {
		turns := alert.Turns(len(c.Locations), func(i int) []string { return []string{c.Locations[i].Job} }, func(int) int { return 0 })[:maxLocations]
		slices.Sort(turns)
		b.Locations, b.MoreLocations = nil, more
		for _, i := range turns {
			b.Locations = append(b.Locations, c.Locations[i])
		}
	}
	if more := len(c.SANs) - maxNames; more > 0 {
		b.SANs, b.MoreSANs = c.SANs[:maxNames], more
	}
	if slices.ContainsFunc(b.SANs, func(name string) bool { return len(name) > maxText }) {
		b.SANs = slices.Clone(b.SANs)
		for i, name := range b.SANs {
			b.SANs[i] = Short(name)
		}
	}
	b.Usages = c.Usages[:min(len(c.Usages), maxNames)]
	b.Findings = make([]Finding, len(c.Findings))
	for i, f := range c.Findings {
		f.Message, f.Why, f.Next, f.Steps = Short(f.Message), Short(f.Why), Short(f.Next), shortSteps(f.Steps)
		b.Findings[i] = f
	}
	return b
}

// shortSteps cuts instructions. A command is whole or becomes an instruction: a part of it would do
// something else.
func shortSteps(steps []verdict.Step) []verdict.Step {
	if !slices.ContainsFunc(steps, func(s verdict.Step) bool { return len(s.String()) > maxText }) {
		return steps
	}
	steps = slices.Clone(steps)
	for i, s := range steps {
		if text := s.String(); len(text) > maxText {
			steps[i].Run, steps[i].Do = nil, Short(text)
		}
	}
	return steps
}
