package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
	"cert-health/internal/discover"
	"cert-health/internal/reference"
	"cert-health/internal/served"
	"cert-health/internal/verdict"
)

// problems are all problems of a check, in the order of the report.
func problems(r *Results, facts verdict.Facts, policy *verdict.Policy) []verdict.Problem {
	all := append(overdue(r.Overdue), unreadableFiles(r.Inventory)...)
	all = append(all, unavailableReferences(&r.Comparison.Answer)...)
	all = append(all, verdict.JudgeCredentials(credentials(&r.Comparison.Answer, r.Inventory), policy, facts.Now)...)
	all = append(all, unreadableProcesses(r.Observation.Problems)...)
	all = append(all, unprobedPorts(r.Observation.Left)...)
	all = append(all, silentPorts(facts.Served)...)
	all = append(all, verdict.JudgeCRLs(r.Inventory.CRLs, facts, policy)...)
	return append(all, verdict.JudgeInstanceIdentities(r.Inventory.InstanceIdentities, facts)...)
}

// unreadableFiles returns a problem for each file or part of a file that discover could
// not read. A file that vanished during the scan is normal during a deploy, and a locked
// key store may be locked on purpose: both are information.
func unreadableFiles(inventory *discover.Inventory) []verdict.Problem {
	var list []verdict.Problem
	for _, p := range inventory.Problems {
		if p.Excess != nil {
			list = append(list, verdict.ExceedsBudget(*p.Excess, p.Reason))
			continue
		}
		if p.Unverified {
			list = append(list, unverified(p))
			continue
		}
		severity := verdict.Warning
		var steps []verdict.Step
		switch {
		case p.Kind == discover.Vanished:
			severity = verdict.Info
		case p.Kind == discover.Locked:
			severity = verdict.Info
			steps = []verdict.Step{remedy(p.Kind)}
		case p.Kind == discover.Access && p.Class != cert.JobFile:
			severity = verdict.Info
			steps = []verdict.Step{verdict.Do("let the agent read all files (cert_health.read_all_files), or remove the files from cert_health.scan.built_in or cert_health.scan.extra")}
		}
		list = append(list, verdict.Problem{
			Code: verdict.Unreadable, Severity: severity, Job: p.Job, File: p.File, Line: p.Line, Message: p.Reason, Steps: steps,
		})
	}
	return list
}

// ScanOverdue is what the problem of a scan that takes too long is about.
const ScanOverdue = "the scan of this instance"

// overdue is the problem of a scan that takes too long.
func overdue(began time.Time) []verdict.Problem {
	if began.IsZero() {
		return nil
	}
	return []verdict.Problem{{Code: verdict.Unverified, Severity: verdict.Warning, About: ScanOverdue, File: discover.JobsDir + "/",
		Message: "it began at " + verdict.Stamp(began) + " and is not complete", Why: "the results are those of the scan before it",
		Steps: []verdict.Step{verdict.Do("find out which file system does not answer (`df`), then"), verdict.Run("monit", "restart", "cert-health")}}}
}

// excesses returns a problem for each job whose certificates needed more work than its budget.
func excesses(meter *budget.Meter) []verdict.Problem {
	var list []verdict.Problem
	for _, e := range meter.Exceeded() {
		list = append(list, verdict.ExceedsBudget(e, e.String()))
	}
	return list
}

// unverified is the problem of a file, a directory or a job in which something may have changed
// that the scan could not see.
func unverified(p discover.Problem) verdict.Problem {
	return verdict.Problem{Code: verdict.Unverified, Severity: verdict.Warning, Job: p.Job, File: p.File, Line: p.Line,
		Message: "it could not be checked: " + p.Reason, Why: unseen(p.Kept), Steps: []verdict.Step{remedy(p.Kind)}}
}

func unseen(kept int) string {
	switch kept {
	case 0:
		return "a certificate there may expire unseen"
	case 1:
		return "1 result of an earlier scan is kept"
	}
	return fmt.Sprintf("%d results of earlier scans are kept", kept)
}

// remedy makes the agent see again.
func remedy(kind discover.Kind) verdict.Step {
	switch kind {
	case discover.Limit:
		return verdict.Do("remove what the job does not need, or exclude it with cert_health.scan.exclude; cert_health.scan has the limits")
	case discover.Locked:
		return verdict.Do("name its password in cert_health.scan.passwords, or exclude the file with cert_health.scan.exclude")
	case discover.Block:
		return verdict.Do("find out why the file changed (`cert-health inspect FILE`), and deploy the job again")
	}
	return verdict.Do("find out who changed the access (`ls -ld`), and let the agent read all files (cert_health.read_all_files); exclude what it must not read with cert_health.scan.exclude")
}

// unavailableReferences returns a problem for each part of the source that could not be
// read. Unknown is neither good nor bad.
func unavailableReferences(answer *reference.Answer) []verdict.Problem {
	var list []verdict.Problem
	for _, p := range answer.Problems {
		if !p.LastSeen.IsZero() {
			list = append(list, unverifiedReference(p))
			continue
		}
		list = append(list, verdict.Problem{
			Code: verdict.ReferenceUnavailable, Severity: verdict.Warning,
			Message: strings.TrimPrefix(p.Path+": ", ": ") + p.Reason,
		})
	}
	return list
}

// unverifiedReference is the problem of a secret that the source showed before and does not show now:
// the certificate that it is about may have been renewed or revoked since.
func unverifiedReference(p reference.Problem) verdict.Problem {
	about := p.Path
	if about == "" {
		about = "secrets"
	}
	return verdict.Problem{Code: verdict.Unverified, Severity: verdict.Warning, About: about, Message: "it could not be read: " + p.Reason,
		Why:   "what it held is known from " + verdict.Stamp(p.LastSeen) + ", and a later change is not",
		Steps: []verdict.Step{verdict.Do("let the agent's credential read it again, or find out who changed it")}}
}

// unreadableProcesses returns a problem for each fact about the VM's processes that could
// not be found out.
func unreadableProcesses(problems []served.Problem) []verdict.Problem {
	var list []verdict.Problem
	for _, p := range problems {
		list = append(list, verdict.Problem{Code: verdict.Unreadable, Severity: verdict.Info, File: p.What, Message: p.Reason})
	}
	return list
}

// credentials are the agent's own credentials for the source. A client certificate that
// is also a deployed certificate is left out: it is judged as such.
func credentials(answer *reference.Answer, inventory *discover.Inventory) []cert.Credential {
	var own []cert.Credential
	for _, c := range answer.Credentials {
		deployed := func(d cert.Deployed) bool { return d.Certificate.Fingerprint == c.Certificate }
		if !slices.ContainsFunc(inventory.Deployed, deployed) {
			own = append(own, c)
		}
	}
	return own
}
