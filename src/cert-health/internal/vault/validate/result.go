package validate

import (
	"slices"
	"strings"
	"time"

	"cert-health/internal/verdict"
)

// Result is what was found of all secrets.
type Result struct {
	CheckedAt time.Time        `json:"checked_at"`
	Secrets   int              `json:"secrets"`      // that were read
	Holding   int              `json:"certificates"` // secrets with certificates
	Sound     int              `json:"sound"`        // of these, those without a finding above info
	ByCode    map[Code]int     `json:"by_code"`      // secrets with such a finding above info
	Worst     verdict.Severity `json:"worst"`
	Paths     []Path           `json:"paths"`
	Problems  []Problem        `json:"problems"` // paths that could not be read
	Steps     []verdict.Step   `json:"next,omitempty"`
}

// Path is what was found of one secret.
type Path struct {
	Facts
	Findings []Finding `json:"findings"`
}

// Validate judges what was read.
func Validate(f *Found, beside []*Secret, o Options) *Result {
	beside = slices.Concat(f.Beside, beside)
	r := &Result{CheckedAt: o.Now.UTC().Truncate(time.Second), Secrets: len(f.Secrets), ByCode: map[Code]int{}, Paths: []Path{}, Problems: append([]Problem{}, f.Problems...)}
	j := newJudge(f.Secrets, beside, o)
	for _, v := range j.judge(f.Secrets, beside) {
		r.add(j, v)
	}
	r.Steps = merge(r.Paths)
	return r
}

func (r *Result) add(j *judge, v Verdict) {
	p := Path{Findings: append([]Finding{}, v.Findings...)}
	if v.Secret.Main() != nil {
		p.Facts = j.facts(v.Secret)
	} else {
		p.Path, p.Version = v.Secret.Path, v.Secret.Version
	}
	r.Holding++
	r.Worst = max(r.Worst, v.Worst())
	if v.Worst() <= verdict.Info {
		r.Sound++
	}
	counted := map[Code]bool{}
	for _, f := range v.Findings {
		if f.Severity > verdict.Info && !counted[f.Code] {
			counted[f.Code] = true
			r.ByCode[f.Code]++
		}
	}
	r.Paths = append(r.Paths, p)
}

// merge puts the steps of all paths together: commands that differ by the path only become one, and a path that gets a
// new key is not renewed, too.
func merge(paths []Path) (steps []verdict.Step) {
	at, reissued := map[string]int{}, map[string]bool{}
	for _, p := range paths {
		for _, f := range p.Findings {
			for _, step := range f.Steps {
				reissued[p.Path] = reissued[p.Path] || slices.Contains(step.Run, "reissue")
			}
		}
	}
	for _, p := range paths {
		done := map[string]bool{}
		for _, f := range p.Findings {
			for _, step := range f.Steps {
				if f.Severity <= verdict.Info || done[step.String()] || reissued[p.Path] && slices.Contains(step.Run, "renew") {
					continue
				}
				done[step.String()] = true
				steps = join(steps, at, p.Path, step)
			}
		}
	}
	return steps
}

// join adds a step, or its path to the same command about another path.
func join(steps []verdict.Step, at map[string]int, path string, step verdict.Step) []verdict.Step {
	if len(step.Run) == 0 || step.Run[len(step.Run)-1] != path {
		return append(steps, step)
	}
	command := strings.Join(step.Run[:len(step.Run)-1], "\x00")
	if i, known := at[command]; known {
		steps[i].Run = append(steps[i].Run, path)
		return steps
	}
	at[command] = len(steps)
	step.Run = slices.Clone(step.Run)
	return append(steps, step)
}
