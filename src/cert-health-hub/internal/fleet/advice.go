package fleet

import (
	"encoding/json"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// adviceOf keeps the steps of the agent that are right for more than one instance.
func adviceOf(findings []report.Finding) (a advice) {
	for _, f := range findings {
		switch f.Code {
		case verdict.Expired, verdict.ExpiringSoon, verdict.Expiring:
			keep(&a.renew, f.Steps, verdict.Renewing)
			keep(&a.deploy, f.Steps, verdict.Deploying)
		case verdict.Stale:
			keep(&a.deploy, f.Steps, verdict.Deploying)
		case verdict.NotLoaded:
			keep(&a.restart, f.Steps, verdict.Restarting)
		}
	}
	return a
}

// maxSteps bounds the steps that are kept, in bytes of JSON.
const maxSteps = 4 << 10

// keep writes the steps of a stage, unless there are some.
func keep(into *string, steps []verdict.Step, stage verdict.Stage) {
	if *into != "" {
		return
	}
	var kept []verdict.Step
	for _, s := range steps {
		if s.Stage == stage {
			kept = append(kept, s)
		}
	}
	if text, err := json.Marshal(kept); err == nil && len(kept) > 0 && len(text) <= maxSteps {
		*into = string(text)
	}
}

// stepsOf reads kept steps.
func stepsOf(text string) (steps []verdict.Step) {
	if text == "" || json.Unmarshal([]byte(text), &steps) != nil {
		return nil
	}
	return steps
}
