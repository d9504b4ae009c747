package check

import (
	"cert-health/internal/verdict"
)

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
