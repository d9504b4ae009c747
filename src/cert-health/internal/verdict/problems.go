package verdict

import "time"

// Problem is something that could not be read or compared, or something that expires and
// is not a deployed certificate.
type Problem struct {
	Code     Code
	Severity Severity
	About    string // what expires; empty for what could not be read
	Job      string // empty outside the directories of jobs
	File     string // empty if it concerns no file
	Line     int    // 0 if it concerns the whole file
	Message  string // what is wrong
	Why      string // the cause, or the consequence; may be empty
	Steps    []Step // that repair it; none if the message says it
}

// IgnoredProblem is a problem that the policy silences.
type IgnoredProblem struct {
	Problem
	Reason string
	Until  time.Time
}

// JudgeProblems applies the policy's rules to problems.
func JudgeProblems(problems []Problem, policy *Policy, now time.Time) (kept []Problem, ignored []IgnoredProblem) {
	for _, problem := range problems {
		where := place{job: problem.Job, file: problem.File}
		if rule := policy.ignored(problem.Code, where, now); rule != nil {
			ignored = append(ignored, IgnoredProblem{Problem: problem, Reason: rule.Reason, Until: rule.Until.End})
			continue
		}
		problem.Severity = policy.severity(problem.Code, problem.Severity, where)
		kept = append(kept, problem)
	}
	return kept, ignored
}
