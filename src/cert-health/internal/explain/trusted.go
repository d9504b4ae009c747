package explain

import (
	"strings"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// endedCA is the CA of a certificate if it has ended and the certificate has not: on the wire, both look alike.
func (x *index) endedCA(c *survey.Certificate, g *Group) *survey.Certificate {
	if g.Symptom.Fault != knowledge.Expired && g.Symptom.Fault != knowledge.Refused || !x.now.Before(c.NotAfter) {
		return nil
	}
	var ended *survey.Certificate
	for _, ca := range x.all {
		if !c.SignedBy(ca) {
			continue
		}
		if x.now.Before(ca.NotAfter) {
			return nil // another generation of the CA is still valid
		}
		ended = ca
	}
	return ended
}

// lacking are the instances on which a job trusts CAs, and none of them signed the certificate.
func (x *index) lacking(c *survey.Certificate, jobs []string) []*survey.Instance {
	if x.survey == nil || c.Issuer == "" || len(jobs) == 0 {
		return nil
	}
	key := c.Fingerprint + " " + strings.Join(jobs, " ")
	list, known := x.lacks[key]
	if !known {
		list = x.findLacking(c, jobs)
		x.lacks[key] = list
	}
	return list
}

func (x *index) findLacking(c *survey.Certificate, jobs []string) (lacking []*survey.Instance) {
	for _, i := range x.survey.Instances {
		has, trusts := false, false
		for n := range i.Places {
			if p := &i.Places[n]; p.Trusts() && contains(jobs, p.Job) {
				has, trusts = true, trusts || c.SignedBy(p.Certificate)
			}
		}
		if has && !trusts {
			lacking = append(lacking, i)
		}
	}
	return lacking
}

// plays tells whether a known certificate is one that the owner of the parties shows.
func plays(k *knowledge.Certificate, p parties) bool {
	for _, job := range p.owner.jobs {
		if p.as != knowledge.Client && k.Server == job || p.as != knowledge.Server && contains(k.Client, job) {
			return true
		}
	}
	return false
}
