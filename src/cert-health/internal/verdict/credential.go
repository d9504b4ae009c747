package verdict

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
)

// ownJob is the job of the agent's credentials.
const ownJob = "cert-health"

// JudgeCredentials judges the agent's own credentials by the thresholds of certificates:
// without them nothing can be compared.
func JudgeCredentials(credentials []cert.Credential, policy *Policy, now time.Time) []Problem {
	var problems []Problem
	for _, c := range credentials {
		if p := judgeCredential(c, policy.Thresholds, now); p.Severity != OK {
			p.About, p.Job, p.Steps = c.Name, ownJob, []Step{Do("%s", c.Remedy)}
			problems = append(problems, p)
		}
	}
	return problems
}

func judgeCredential(c cert.Credential, t Thresholds, now time.Time) Problem {
	if c.UsedUp {
		return Problem{Code: ExpiringSoon, Severity: Error,
			Message: "was used up by the last log-in", Why: "when its token ends, nothing can be compared"}
	}
	code, severity := lifetime{c.NotBefore, c.NotAfter}.judge(t, now)
	message, why := "expires %s (%s)", "after that, nothing can be compared"
	if code == Expired {
		message, why = "expired %s (%s)", "nothing can be compared any more"
	}
	return Problem{Code: code, Severity: severity, Why: why,
		Message: fmt.Sprintf(message, Relative(c.NotAfter, now), Stamp(c.NotAfter))}
}
