package verdict

import (
	"fmt"
	"time"

	"cert-health/internal/cert"
)

// ownJob is whose the agent's credentials are.
const ownJob = "cert-health"

// JudgeCredentials weighs the agent's own credentials by the same thresholds as
// certificates: without them nothing is compared any more.
func JudgeCredentials(credentials []cert.Credential, policy *Policy, now time.Time) []Problem {
	var troubles []Problem
	for _, c := range credentials {
		if t := judgeCredential(c, policy.Thresholds, now); t.Severity != OK {
			t.About, t.Job, t.Next = c.Name, ownJob, c.Remedy
			troubles = append(troubles, t)
		}
	}
	return troubles
}

func judgeCredential(c cert.Credential, t Thresholds, now time.Time) Problem {
	if c.UsedUp {
		return Problem{Code: ExpiringSoon, Severity: Error,
			Message: "was used up by the last log-in: when its token ends, nothing can be compared"}
	}
	code, severity := life{c.NotBefore, c.NotAfter}.judge(t, now)
	message := "expires %s (%s): then nothing can be compared"
	if code == Expired {
		message = "expired %s (%s): nothing can be compared any more"
	}
	return Problem{Code: code, Severity: severity,
		Message: fmt.Sprintf(message, Relative(c.NotAfter, now), Stamp(c.NotAfter))}
}
