package verdict

import "time"

// Problem is something that could not be read, a file or the store, or that ends and
// is no deployed certificate.
type Problem struct {
	Code     Code
	Severity Severity
	// About names what ends; empty for what could not be read.
	About   string
	Job     string // empty outside the jobs' folder
	File    string // empty when it is no file's
	Line    int    // 0 when it concerns all of the file
	Message string
	Next    string // a thing to do; empty where the message says it
}

// IgnoredProblem is one that the policy silences.
type IgnoredProblem struct {
	Problem
	Reason string
	Until  time.Time
}

// JudgeProblems applies the policy's rules to what could not be read, and to what ends.
func JudgeProblems(troubles []Problem, policy *Policy, now time.Time) (kept []Problem, ignored []IgnoredProblem) {
	for _, trouble := range troubles {
		where := place{job: trouble.Job, file: trouble.File}
		if rule := policy.ignored(trouble.Code, where, now); rule != nil {
			ignored = append(ignored, IgnoredProblem{Problem: trouble, Reason: rule.Reason, Until: rule.Until.End})
			continue
		}
		trouble.Severity = policy.severity(trouble.Code, trouble.Severity, where)
		kept = append(kept, trouble)
	}
	return kept, ignored
}
