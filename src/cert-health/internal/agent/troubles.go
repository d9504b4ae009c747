package agent

import (
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/served"
	"cert-health/internal/verdict"
)

// unreadable weighs what discover could not read. A file that vanished is the
// trace of a deploy under way.
func unreadable(inventory *discover.Inventory) []verdict.Problem {
	var troubles []verdict.Problem
	for _, p := range inventory.Problems {
		severity := verdict.Warning
		next := ""
		switch p.Kind { // what is locked may be meant to be: it is no fault of a deploy's
		case discover.Vanished:
			severity = verdict.Info
		case discover.Locked:
			severity = verdict.Info
			next = "name its password in scan.passwords, or exclude the file with scan.exclude"
		}
		if p.Kind == discover.Access && p.Class != cert.JobFile {
			severity = verdict.Info
			next = "let the agent read all files (cert_health.read_all_files), or take them off scan.built_in or scan.extra"
		}
		troubles = append(troubles, verdict.Problem{
			Code: verdict.Unreadable, Severity: severity, Job: p.Job, File: p.File, Line: p.Line, Message: p.Reason, Next: next,
		})
	}
	return troubles
}

// unavailable weighs what the store did not show. Unknown is neither good nor bad.
func unavailable(answer *reference.Answer) []verdict.Problem {
	var troubles []verdict.Problem
	for _, p := range answer.Problems {
		troubles = append(troubles, verdict.Problem{
			Code: verdict.ReferenceUnavailable, Severity: verdict.Warning,
			Message: strings.TrimPrefix(p.Path+": ", ": ") + p.Reason,
		})
	}
	return troubles
}

// unseen weighs what could not be found out about the VM's processes.
func unseen(problems []served.Problem) []verdict.Problem {
	var troubles []verdict.Problem
	for _, p := range problems {
		troubles = append(troubles, verdict.Problem{Code: verdict.Unreadable, Severity: verdict.Info, File: p.What, Message: p.Reason})
	}
	return troubles
}

// ending weighs the agent's own credentials. A client certificate that is found among
// the deployed ones, as that of the job is, has been judged already.
func ending(answer *reference.Answer, inventory *discover.Inventory, policy *verdict.Policy, now time.Time) []verdict.Problem {
	var own []verdict.Credential
	for _, c := range answer.Credentials {
		deployed := func(d cert.Deployed) bool { return d.Certificate.Fingerprint == c.Certificate }
		if !slices.ContainsFunc(inventory.Deployed, deployed) {
			own = append(own, verdict.Credential{Name: c.Name, NotBefore: c.NotBefore, NotAfter: c.NotAfter, UsedUp: c.UsedUp, Remedy: c.Remedy})
		}
	}
	return verdict.JudgeCredentials(own, policy, now)
}
