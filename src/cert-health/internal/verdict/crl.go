package verdict

import (
	"fmt"

	"cert-health/internal/cert"
)

// JudgeCRLs weighs revocation lists by the thresholds of certificates. Whoever checks
// clients by a list that is past its next update refuses them all, those that were never
// revoked too. Whether anybody checks by it cannot be seen here, so that it is never more
// than an error.
//
// Of several lists of one issuer in one file the one that lasts longest counts: OpenSSL
// takes one that is good.
func JudgeCRLs(lists []cert.DeployedCRL, facts Facts, policy *Policy) []Problem {
	j := judge{facts: facts, policy: policy}
	var troubles []Problem
	for _, list := range lasting(lists) {
		if t := j.revocations(list); t.Severity != OK {
			troubles = append(troubles, t)
		}
	}
	return troubles
}

// lasting are the lists that last longest, one for each issuer in each file.
func lasting(lists []cert.DeployedCRL) []cert.DeployedCRL {
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

// outlasts tells which list is good for longer. One that does not say is for ever.
func outlasts(a, b cert.CRL) bool {
	return !b.NextUpdate.IsZero() && (a.NextUpdate.IsZero() || a.NextUpdate.After(b.NextUpdate))
}

func (j *judge) revocations(list cert.DeployedCRL) Problem {
	t := Problem{About: "revocation list of " + list.Issuer, Job: list.Job, File: list.File, Line: list.Line}
	life := life{list.ThisUpdate, list.NextUpdate}
	t.Code, t.Severity = life.judge(j.policy.at(place{job: list.Job, file: list.File}), j.facts.Now)
	const refused = "whoever checks by it refuses every certificate of this CA, whether revoked or not"
	switch t.Code {
	case Expired:
		t.Message = fmt.Sprintf("its next update was due %s; %s", j.when(list.NextUpdate), refused)
	default:
		t.Message = fmt.Sprintf("its next update is due %s; then %s", j.when(list.NextUpdate), refused)
	}
	t.Next = j.reissueList(list)
	return t
}

// reissueList says where a new list comes from. `safe x509 issue --ca` keeps one beside
// the certificate of each CA.
func (j *judge) reissueList(list cert.DeployedCRL) string {
	if path := j.caPath(list.Issuer); path != "" {
		return fmt.Sprintf("safe x509 crl --renew %s, then %s", path, j.deploy())
	}
	return fmt.Sprintf("have the CA issue a new list, put it where %s is filled from, then %s", list.File, j.deploy())
}

// caPath is the path of the one secret that holds the CA of that name, as safe writes
// it; empty when there is none, or one of several.
func (j *judge) caPath(subject string) string {
	path := ""
	for _, ca := range j.facts.Deployed {
		reference := j.facts.References[ca.Certificate.Fingerprint]
		if !ca.Certificate.CA || ca.Certificate.Subject != subject || reference.Key != "certificate" {
			continue
		}
		if path != "" && path != reference.FullPath() {
			return ""
		}
		path = reference.FullPath()
	}
	return path
}
