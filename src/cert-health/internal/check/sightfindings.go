package check

import (
	"time"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// seenFinding is a finding that a verdict over its budget cannot judge again. It has no steps: other
// processes of the agent's user can write the file, and people type the steps.
type seenFinding struct {
	Code     verdict.Code     `json:"code"`
	Severity verdict.Severity `json:"severity"`
	Message  string           `json:"message"`
	Why      string           `json:"why,omitempty"`
}

// seenFindings are the findings that a budget may hide.
func seenFindings(all []report.Finding) (list []seenFinding) {
	for _, f := range all {
		if f.Code.Verified() {
			list = append(list, seenFinding{f.Code, f.Severity, report.Short(f.Message), report.Short(f.Why)})
		}
	}
	return list
}

// Findings is a report of the findings that a verdict over its budget cannot judge again, as they were
// at a time. See report.Report.Keep.
func (s Sight) Findings(at time.Time) *report.Report {
	r := &report.Report{CheckedAt: at}
	steps := []verdict.Step{verdict.Do("bring the job within its budget: its finding over_budget says how; then this is judged again")}
	for _, seen := range s.Certificates {
		c := report.Certificate{Fingerprint: seen.Record.Certificate().Fingerprint.String()}
		for _, f := range seen.Findings {
			if f.Code.Verified() && f.Severity > verdict.OK {
				c.Findings = append(c.Findings, report.Finding{Code: f.Code, Severity: f.Severity, Message: f.Message, Why: f.Why, Next: verdict.Join(steps), Steps: steps})
			}
		}
		r.Certificates = append(r.Certificates, c)
	}
	return r
}
