package verdict

import (
	"fmt"

	"cert-health/internal/cert"
)

// JudgeCRLs judges revocation lists by the thresholds of certificates. A program that
// checks certificates by a list refuses all of them once the list's next update is overdue,
// those that were never revoked too. Whether a program checks by the list cannot be seen
// here, so the severity is never higher than error.
//
// Of several lists of one issuer in one file the one that lasts longest counts: OpenSSL
// uses one that is valid.
func JudgeCRLs(lists []cert.DeployedCRL, facts Facts, policy *Policy) []Problem {
	j := judge{facts: facts, policy: policy}
	var problems []Problem
	for _, list := range longestLasting(lists) {
		if p := j.revocationList(list); p.Severity != OK {
			problems = append(problems, p)
		}
	}
	return problems
}

// longestLasting returns the lists that last longest, one for each issuer in each file.
func longestLasting(lists []cert.DeployedCRL) []cert.DeployedCRL {
	var best []cert.DeployedCRL
	known := map[authority]int{}
	for _, list := range lists {
		issuer := authority{list.File, list.Issuer}
		at, seen := known[issuer]
		switch {
		case !seen:
			known[issuer] = len(best)
			best = append(best, list)
		case outlasts(list.CRL, best[at].CRL):
			best[at] = list
		}
	}
	return best
}

// outlasts tells whether a lasts longer than b. A list without a next update never ends.
func outlasts(a, b cert.CRL) bool {
	return !b.NextUpdate.IsZero() && (a.NextUpdate.IsZero() || a.NextUpdate.After(b.NextUpdate))
}

// revocationList judges one list. Only a list with a finding has steps: the search for its CA goes
// through all deployed certificates.
func (j *judge) revocationList(list cert.DeployedCRL) Problem {
	p := Problem{About: "revocation list of " + list.Issuer, Job: list.Job, File: list.File, Line: list.Line}
	p.Code, p.Severity = lifetime{list.ThisUpdate, list.NextUpdate}.judge(j.policy.at(place{job: list.Job, file: list.File}), j.facts.Now)
	const refused = "programs that check by it refuse every certificate of this CA, revoked or not"
	switch p.Code {
	case "":
		return p
	case Expired:
		p.Message, p.Why = fmt.Sprintf("its next update was due %s", j.when(list.NextUpdate)), refused
	default:
		p.Message, p.Why = fmt.Sprintf("its next update is due %s", j.when(list.NextUpdate)), "after that, "+refused
	}
	if !list.LastSeen.IsZero() {
		p.Message += " (last seen " + Stamp(list.LastSeen) + ")"
	}
	p.Steps = j.renewCRL(list)
	return p
}

// renewCRL are the steps that make a new list and bring it here.
func (j *judge) renewCRL(list cert.DeployedCRL) []Step {
	if steps := j.renewCRLInSource(list.Issuer); len(steps) > 0 {
		return append(steps, j.deploy()...)
	}
	return append([]Step{Do("have the CA issue a new list, and put it into the property that fills %s", list.File)}, j.deploy()...)
}

// renewCRLInSource are the steps in the one secret that holds the CA of that subject; none
// if no secret does, or several do.
func (j *judge) renewCRLInSource(subject string) []Step {
	var steps []Step
	secret := ""
	for _, ca := range j.facts.Deployed {
		r, known := j.facts.References[ca.Certificate.Fingerprint]
		if !known || !ca.Certificate.CA || ca.Certificate.Subject != subject {
			continue
		}
		own := at(Renewing, j.source().Steps(RenewCRL, Held{Reference: r})...)
		switch {
		case len(own) == 0:
			continue
		case secret != "" && secret != r.FullPath():
			return nil
		}
		secret, steps = r.FullPath(), own
	}
	return steps
}
