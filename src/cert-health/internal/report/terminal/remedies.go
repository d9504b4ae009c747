package terminal

import (
	"path"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// plan is the steps of all findings, each once, in the order in which they are taken.
type plan struct {
	cas, others      []verdict.Step // renewals, those of CAs first: a CA signs the others
	rest             []string       // remedies with conditions, as they are
	deploys, restart []string
}

func planOf(certificates []report.Certificate) *plan {
	p := &plan{}
	for _, c := range certificates {
		for _, f := range c.Findings {
			if f.Severity > verdict.Info {
				p.add(f, c.Role != cert.Leaf)
			}
		}
	}
	// A CA may be the remedy of a leaf's finding too.
	p.others = slices.DeleteFunc(p.others, func(s verdict.Step) bool {
		return slices.ContainsFunc(p.cas, func(ca verdict.Step) bool { return ca.String() == s.String() })
	})
	return p
}

// add splits the steps of a finding into stages.
func (p *plan) add(f report.Finding, ca bool) {
	stages := map[verdict.Stage][]verdict.Step{}
	for _, s := range f.Steps {
		stages[s.Stage] = append(stages[s.Stage], s)
	}
	if len(f.Steps) == 0 || len(stages[""]) > 0 {
		p.rest = once(p.rest, f.Next)
		return
	}
	renew := stages[verdict.Renewing]
	if len(renew) > 1 {
		renew = []verdict.Step{{Do: verdict.Join(renew)}}
	}
	list := &p.others
	if ca {
		list = &p.cas
	}
	for _, s := range renew {
		if !slices.ContainsFunc(*list, func(known verdict.Step) bool { return known.String() == s.String() }) {
			*list = append(*list, s)
		}
	}
	p.deploys = once(p.deploys, verdict.Join(stages[verdict.Deploying]))
	p.restart = once(p.restart, verdict.Join(stages[verdict.Restarting]))
}

// once adds text that is not empty and not yet in the list.
func once(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

// before are the lines of everything before the deploy.
func (p *plan) before() []string { return slices.Concat(loops(p.cas), loops(p.others), p.rest) }

// after are the lines of the deploy and of everything behind it. If one deploy warns of drain
// scripts, the deploy without the warning is the same step.
func (p *plan) after() []string {
	var deploys []string
	for _, d := range p.deploys {
		if !slices.ContainsFunc(p.deploys, func(longer string) bool { return strings.HasPrefix(longer, d+"; ") }) {
			deploys = append(deploys, d)
		}
	}
	return append(deploys, p.restart...)
}

// loops writes commands that differ only in the name of a secret in one directory as one loop
// of a shell.
func loops(steps []verdict.Step) []string {
	var keys []string
	names := map[string][]verdict.Step{}
	for _, s := range steps {
		key := loopKey(s)
		if _, known := names[key]; !known {
			keys = append(keys, key)
		}
		names[key] = append(names[key], s)
	}
	var lines []string
	for _, key := range keys {
		lines = append(lines, loop(names[key]))
	}
	return lines
}

// secretAt is the index of the path in `safe x509 renew PATH`.
const secretAt = 3

func loopKey(s verdict.Step) string {
	if len(s.Run) <= secretAt || s.Run[0] != "safe" {
		return s.String()
	}
	words := slices.Clone(s.Run)
	words[secretAt] = path.Dir(words[secretAt])
	return strings.Join(words, "\x00")
}

func loop(steps []verdict.Step) string {
	if len(steps) == 1 {
		return steps[0].String()
	}
	var names []string
	for _, s := range steps {
		names = append(names, path.Base(s.Run[secretAt]))
	}
	first := steps[0].Run
	return "for s in " + verdict.Run(names...).String() + "; do " + verdict.Run(first[:secretAt]...).String() + " " +
		verdict.Run(path.Dir(first[secretAt])).String() + `/"$s"` + behind(first[secretAt+1:]) + "; done"
}

func behind(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " " + verdict.Run(words...).String()
}
