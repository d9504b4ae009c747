package verdict

import (
	"cmp"

	"cert-health/internal/budget"
)

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

// ServesBeyondBudget is the problem of a job whose processes serve so many certificates that some of
// them could not be compared with its files.
func ServesBeyondBudget(e budget.Excess) Problem {
	job := e.Job
	if e.Outside() {
		job = ""
	}
	return Problem{
		Code: OverBudget, Severity: Warning, Job: job, About: "certificates served by " + cmp.Or(job, "processes without a job"), Message: e.String(),
		Why: "a process that still serves an old certificate may not be found",
		Steps: []Step{
			Do("find out which process serves them (`cert-health status --verbose`), and restart or remove it"),
			Do("exclude its job with cert_health.served.never_jobs, or its ports with cert_health.served.never_ports, if that is its purpose"),
		},
	}
}
