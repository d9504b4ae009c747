package verdict

import "cert-health/internal/budget"

// ExceedsBudget is the problem of a job whose content needs more work than its budget. The
// message says which limits it reached, and what was not done.
func ExceedsBudget(e budget.Excess, message string) Problem {
	p := Problem{
		Code: OverBudget, Severity: Warning, File: e.Path(), Message: message,
		Why: "what was not done may hide a certificate that is expired or not trusted",
		Steps: []Step{
			Do("find out which files are the reason, and exclude them with cert_health.scan.exclude"),
			Do("tell the author of the job, if its content is a mistake"),
		},
	}
	if !e.Outside() {
		p.Job = e.Job
	}
	return p
}
