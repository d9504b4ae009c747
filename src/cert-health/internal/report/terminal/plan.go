package terminal

import (
	"slices"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// plan is the steps of many findings, each once, in the order in which they are taken.
type plan struct {
	renewals, rest    actions // rest are remedies with conditions, as they are
	deploys, restarts actions
}

// concern is what a step is for: a certificate, or something else that expires.
type concern struct {
	name       string
	generation int // a CA is renewed before what it signs
}

// actions are actions in their order, each once.
type actions struct {
	list []action
	at   map[string]int // the index, by the text of the step
}

// step is a step, or several as one instruction.
type step struct {
	verdict.Step
	compound bool // an instruction that contains commands
}

// action is a step and what it is for.
type action struct {
	step       step
	generation int      // of what it is for
	names      []string // of what it is for; empty for a command, which names its secret
}

// planOf collects the steps of certificates, those of CAs first: a CA signs the others.
func planOf(certificates []*report.Certificate, labels map[string]label, generations map[string]int) *plan {
	p := &plan{}
	ordered := slices.Clone(certificates)
	slices.SortStableFunc(ordered, func(a, b *report.Certificate) int {
		return generations[a.Fingerprint] - generations[b.Fingerprint]
	})
	for _, c := range ordered {
		for _, f := range c.Findings {
			if f.Severity > verdict.Info {
				p.add(concern{labels[c.Fingerprint].String(), generations[c.Fingerprint]}, f)
			}
		}
	}
	return p
}

// addProblems adds the steps for what expires and is not a certificate.
func (p *plan) addProblems(problems []report.Problem) {
	for i := range problems {
		if problems[i].About != "" && problems[i].Severity > verdict.Info {
			p.add(concern{report.Printable(problems[i].About), report.LeafGeneration}, problems[i].Item().Finding)
		}
	}
}

// add splits the steps of a finding into stages. A finding adds nothing if all that it wants
// done is in the plan already, as for a leaf whose CA must be renewed.
func (p *plan) add(c concern, f report.Finding) {
	stages := map[verdict.Stage][]verdict.Step{}
	for _, s := range f.Steps {
		stages[s.Stage] = append(stages[s.Stage], s)
	}
	if p.has(f.Steps) {
		return
	}
	if len(f.Steps) == 0 || len(stages[""]) > 0 {
		p.rest.once(c, remedy(f))
		return
	}
	p.renewals.once(c, joined(stages[verdict.Renewing]))
	p.deploys.once(concern{}, joined(stages[verdict.Deploying]))
	p.restarts.once(concern{}, joined(stages[verdict.Restarting]))
}

// remedy is all steps of a finding as one. Reports of older releases have no steps, only one line.
func remedy(f report.Finding) step {
	if len(f.Steps) == 0 {
		return step{verdict.Step{Do: f.Next}, true}
	}
	return joined(f.Steps)
}

// joined is several steps as one.
func joined(steps []verdict.Step) step {
	if len(steps) == 1 {
		return step{Step: steps[0]}
	}
	command := func(s verdict.Step) bool { return len(s.Run) > 0 }
	return step{verdict.Step{Do: verdict.Join(steps)}, slices.ContainsFunc(steps, command)}
}

// has tells whether conditions stand before all that is in the plan already.
func (p *plan) has(steps []verdict.Step) bool {
	stages := map[verdict.Stage][]verdict.Step{}
	for _, s := range steps {
		if s.Stage == "" && !strings.HasSuffix(s.Do, ":") {
			return false
		}
		stages[s.Stage] = append(stages[s.Stage], s)
	}
	known := func(list actions, step step) bool {
		_, known := list.at[step.String()]
		return known || step.String() == ""
	}
	return len(stages[""]) > 0 && len(stages) > 1 && known(p.renewals, joined(stages[verdict.Renewing])) &&
		known(p.deploys, joined(stages[verdict.Deploying])) && known(p.restarts, joined(stages[verdict.Restarting]))
}

// once adds a step that is not empty, or adds what it is for to the step that is in the list.
func (to *actions) once(c concern, step step) {
	key := step.String()
	if key == "" {
		return
	}
	if to.at == nil {
		to.at = map[string]int{}
	}
	i, known := to.at[key]
	if !known {
		i = len(to.list)
		to.at[key], to.list = i, append(to.list, action{step: step, generation: c.generation})
	}
	// A command, and an instruction that names what it is for, need no name.
	names := &to.list[i].names
	named := c.name == "" || step.Do == "" || strings.HasPrefix(step.Do, "for ")
	if !named && (len(*names) == 0 || (*names)[len(*names)-1] != c.name) {
		*names = append(*names, c.name)
	}
}

// before are the lines of everything before the deploy.
func (p *plan) before() []line { return slices.Concat(loops(p.renewals.list), loops(p.rest.list)) }

// after are the lines of the deploy and of everything behind it. If one deploy warns of drain
// scripts, the deploy without the warning is the same step.
func (p *plan) after() []line {
	deploys := slices.DeleteFunc(slices.Clone(p.deploys.list), func(d action) bool {
		return slices.ContainsFunc(p.deploys.list, func(longer action) bool {
			return strings.HasPrefix(longer.step.String(), d.step.String()+"; ")
		})
	})
	return slices.Concat(loops(deploys), loops(p.restarts.list))
}

// shownNames is how many certificates an instruction names.
const shownNames = 3

// text is the action in one line.
func (a action) text() string {
	if len(a.names) == 0 {
		return a.step.String()
	}
	return "for " + someOf(a.names, shownNames, 0) + ": " + a.step.String()
}
