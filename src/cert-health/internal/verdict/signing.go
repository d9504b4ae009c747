package verdict

import (
	"cmp"
	"slices"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
)

// signature is a pair of certificates: did the CA sign the leaf?
type signature struct{ leaf, ca *cert.Certificate }

// Signings keeps verified signatures. Verifying one is by far the slowest part of a
// verdict, and the same two certificates meet in many jobs and in each scan. It keeps its
// certificates in memory, and only those of the last verdict.
type Signings map[signature]cert.SignatureCheck

// replace keeps what a verdict has used.
func (s Signings) replace(used Signings) {
	if s == nil {
		return
	}
	clear(s)
	for pair, answer := range used {
		s[pair] = answer
	}
}

// signing verifies each signature once. The job for whose leaf it is verified pays for it, also
// if an earlier verdict has verified it: the same files always have the same verdict. If the
// job cannot pay, the signature is Unverifiable.
func (j *judge) signing(leaf, ca *cert.Certificate, job string) cert.SignatureCheck {
	return j.checked(signature{leaf, ca}, job, func() cert.SignatureCheck { return leaf.SignedBy(ca) })
}

func (j *judge) checked(pair signature, job string, verify func() cert.SignatureCheck) cert.SignatureCheck {
	if answer, known := j.signings[pair]; known {
		return answer
	}
	if !j.spend(job, budget.Signatures, pair.ca.VerificationCost()) {
		return cert.Unverifiable
	}
	answer, known := j.facts.Signings[pair]
	if !known {
		answer = verify()
	}
	j.signings[pair] = answer
	return answer
}

// selfSigned tells whether a certificate signed itself. It verifies each signature once. The job
// of its first place pays for it.
func (j *judge) selfSigned(c *cert.Certificate) bool {
	if !c.SelfIssued {
		return false
	}
	answer := j.checked(signature{c, c}, j.home[c], func() cert.SignatureCheck {
		if c.SelfSigned() {
			return cert.Signed
		}
		return cert.NotSigned
	})
	return answer == cert.Signed || answer == cert.Unverifiable && !c.RulesOut(c)
}

// outside is the account of what belongs to no job.
const outside = "/"

// spend asks for work that a job makes necessary.
func (j *judge) spend(job string, work budget.Work, n int) bool {
	return j.facts.Budget.Of(accountOf(job)).Spend(work, n)
}

// accountOf is the name of the account of a job.
func accountOf(job string) string { return cmp.Or(job, outside) }

// pairs asks for comparisons of certificates.
func (j *judge) pairs(job string, n int) bool { return j.spend(job, budget.Pairs, n) }

// maxForeign is the number of CAs of one name in another job that may have signed a certificate. A
// job has a few generations of a CA, and not hundreds. Otherwise a job could use up the budget
// of its neighbours.
const maxForeign = 8

// issuers are the CAs that may have signed a certificate, by their names. It is empty, and not
// complete, if the job cannot pay for them.
func (j *judge) issuers(c *cert.Certificate, job string) (list []*deployedCA, complete bool) {
	named := j.cas[c.Issuer]
	if !j.pairs(job, len(named)) {
		return nil, false
	}
	return likelySigners(named, c, job), true
}

// likelySigners are those CAs with the name of a certificate's issuer that may have signed it: all that
// stand in the job, and a few of each other job, first those that its key identifier names.
func likelySigners(named []*deployedCA, c *cert.Certificate, job string) (list []*deployedCA) {
	foreign := map[string]int{}
	for _, fits := range []bool{true, false} {
		for _, ca := range named {
			if ca.Certificate == c || c.Names(ca.Certificate) != fits {
				continue
			}
			if ca.of(job) || ca.among(foreign) {
				list = append(list, ca)
			}
		}
	}
	return list
}

// among counts a CA for the jobs in which it stands, and tells whether one of them has few enough.
func (ca *deployedCA) among(counted map[string]int) (few bool) {
	for job := range ca.in {
		few = few || counted[job] < maxForeign
		counted[job]++
	}
	return few
}

// maySign tells whether a CA counts as the signer of a certificate for a job: it signed it, or it
// stands in the job and its signature cannot be verified. In another job, only the signature
// proves that the two belong together.
func (j *judge) maySign(c *cert.Certificate, ca *deployedCA, job string) bool {
	switch j.signing(c, ca.Certificate, job) {
	case cert.Signed:
		return true
	case cert.Unverifiable:
		return ca.of(job)
	}
	return false
}

// forbidden returns the name of a leaf that a CA must not sign for. It is empty if the job cannot
// pay for the comparisons.
func (j *judge) forbidden(ca, leaf *cert.Certificate, job string) string {
	if ca.NameConstraints() == 0 {
		return ""
	}
	pair := signature{leaf, ca}
	name, known := j.forbiddenNames[pair]
	if !known {
		if j.pairs(job, min(ca.NameConstraints(), cert.MaxConstraints)*min(len(leaf.SANs), cert.MaxNames)) {
			name = ca.ForbiddenName(leaf)
		}
		j.forbiddenNames[pair] = name
	}
	return name
}

// jobsOf are the jobs in whose files a certificate stands, each once.
func jobsOf(d *cert.Deployed) []string {
	var jobs []string
	for _, l := range d.Locations {
		if !slices.Contains(jobs, l.Job) {
			jobs = append(jobs, l.Job)
		}
	}
	return jobs
}
