package check

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"cert-health/internal/budget"
	"cert-health/internal/verdict"
)

// unprobedPorts returns a problem for each job with ports for which there was no time. Their number
// changes from look to look, so only the message has it.
func unprobedPorts(left map[string]int) []verdict.Problem {
	var list []verdict.Problem
	for _, job := range slices.Sorted(maps.Keys(left)) {
		list = append(list, verdict.Problem{Code: verdict.Unreadable, Severity: verdict.Info, About: "the ports of " + cmp.Or(job, "processes without a job"),
			Message: fmt.Sprintf("%d were not probed completely this time, because servers did not answer in time", left[job])})
	}
	return list
}

// silentPorts returns a problem for each port that has stopped answering, if what it served before
// does not say what it serves now.
func silentPorts(states []verdict.ServedState) []verdict.Problem {
	var list []verdict.Problem
	seen := map[string]bool{}
	for _, s := range states {
		if port := s.Address.String(); s.Failure != "" && s.Newer != nil && !seen[port] {
			seen[port] = true
			list = append(list, silentPort(port, s))
		}
	}
	return list
}

func silentPort(port string, s verdict.ServedState) verdict.Problem {
	p := verdict.Problem{Code: verdict.Unverified, Severity: verdict.Warning, About: "port " + port, Job: s.Process.Job,
		Message: "it could not be checked: " + s.Failure, Why: "the certificate that it served at " + verdict.Stamp(s.SeenAt) + " is kept",
		Steps: []verdict.Step{verdict.Do("find out why the process that listens there (`ss -ltnp`) does not answer")}}
	if monit := s.Process.Monit; monit != "" {
		p.Steps = []verdict.Step{verdict.Do("find out in its log why %s does not answer, or restart it:", s.Process.Name), verdict.Run("monit", "restart", monit)}
	}
	return p
}

// excessiveClaims returns a problem for each job whose processes serve more certificates than its
// budget can compare.
func excessiveClaims(meter *budget.Meter) []verdict.Problem {
	var list []verdict.Problem
	for _, e := range meter.Exceeded() {
		list = append(list, verdict.ServesBeyondBudget(e))
	}
	return list
}
