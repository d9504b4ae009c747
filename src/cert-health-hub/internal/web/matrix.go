package web

import (
	"fmt"
	"slices"

	"cert-health/hub/internal/platform"
	"cert-health/internal/trust"
)

// matrixPart is who can talk to whom: now, or after a step.
type matrixPart struct {
	From, To, After string
	Error           string // why the step is not simulated
	Steps           []string
	Refused         []edge
	Unknown         []edge
	Trusted         []edge
	Missing         int // edges of which one side is not seen
	Sentence        string
	State           string
	Lost, Healed    []edge // by the step
}

// mostSuggested is how many steps are suggested.
const mostSuggested = 60

func matrixOf(look *platform.Look, f filter) matrixPart {
	part := matrixPart{From: f.one("from"), To: f.one("to"), After: f.one("after"), Steps: suggested(look)}
	chosen := trust.Filter{From: part.From, To: part.To}
	now := look.Trust(chosen)
	shown := now
	if part.After != "" {
		after, err := look.TrustAfter(chosen, []string{part.After})
		if err != nil {
			part.Error, part.After = upper(long(err.Error()))+".", ""
		} else {
			shown = after
		}
	}
	before := map[string]trust.Status{}
	for i := range now.Edges {
		before[now.Edges[i].Edge.Name] = now.Edges[i].Worst()
	}
	for i := range shown.Edges {
		part.add(&shown.Edges[i], before[shown.Edges[i].Edge.Name], shown)
	}
	part.State, part.Sentence = part.words()
	return part
}

// add adds an edge. was is how it is now.
func (m *matrixPart) add(e *trust.EdgeMatrix, was trust.Status, of *trust.Matrix) {
	if len(e.Cells) == 0 {
		m.Missing++
		return
	}
	shown, worst := edgeOf(e, of.At), e.Worst()
	if m.After != "" && was != "" && was != worst {
		shown.Was = "now " + was.Word()
	}
	switch {
	case worst.Refused():
		m.Refused = append(m.Refused, shown)
	case worst == trust.Unknown:
		m.Unknown = append(m.Unknown, shown)
	default:
		m.Trusted = append(m.Trusted, shown)
	}
	switch {
	case m.After == "":
	case worst.Refused() && !was.Refused():
		m.Lost = append(m.Lost, shown)
	case !worst.Refused() && was.Refused():
		m.Healed = append(m.Healed, shown)
	}
}

// suggested are steps that somebody may want to simulate.
func suggested(look *platform.Look) (steps []string) {
	for _, state := range look.Rotations() {
		for _, ca := range state.Old {
			steps = append(steps, trust.Step{Verb: trust.Remove, Target: ca.Fingerprint[:min(16, len(ca.Fingerprint))]}.String())
		}
	}
	for _, i := range look.Instances {
		if step := (trust.Step{Verb: trust.Deploy, Target: i.Deployment + "/" + i.Group}).String(); i.Group != "" && (len(steps) == 0 || steps[len(steps)-1] != step) {
			steps = append(steps, step)
		}
	}
	steps = slices.DeleteFunc(slices.Compact(steps), func(step string) bool { return short(step) != step }) // what people cannot read
	return steps[:min(mostSuggested, len(steps))]
}

// words says how it is, in one sentence.
func (m *matrixPart) words() (state, sentence string) {
	seen := len(m.Refused) + len(m.Unknown) + len(m.Trusted)
	if m.After != "" && seen > 0 {
		return m.afterWords()
	}
	switch {
	case seen == 0:
		return "unverified", "no connection is known of which both sides are seen."
	case len(m.Refused) > 0:
		return "expired", fmt.Sprintf("%s of %s refused.", number(len(m.Refused)), plural(seen, "connection"))
	case len(m.Unknown) > 0:
		return "unverified", "no connection of " + number(seen) + " is known to be refused; of " + number(len(m.Unknown)) + " it is not certain."
	case seen == 1:
		return "ok", "the one connection that is seen is trusted."
	}
	return "ok", "all " + plural(seen, "connection") + " are trusted."
}

// afterWords says what the step changes.
func (m *matrixPart) afterWords() (state, sentence string) {
	switch {
	case len(m.Lost) > 0:
		return "expired", that(len(m.Lost), "connection", "that works", "that work") + " now would be refused."
	case len(m.Healed) > 0:
		return "ok", that(len(m.Healed), "connection", "that is", "that are") + " refused now would be trusted, and none would be lost."
	case len(m.Refused) > 0:
		return "expiring_soon", "the step would change nothing: " + plural(len(m.Refused), "connection") + " would still be refused."
	}
	return "ok", "no connection that works now would be refused."
}
