package explain

import (
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// candidates are the leaves that the owner of a group can have shown: those of its jobs, those on its instance, or
// those that are related to the judge if the words say nothing about the owner.
func (x *index) candidates(g *Group, p parties) (list []*survey.Certificate) {
	switch {
	case len(p.owner.jobs) > 0:
		for _, job := range p.owner.jobs {
			list = append(list, x.ofJob[job]...)
		}
	case len(p.owner.instances) > 0:
		for _, place := range p.owner.instances[0].Places {
			if place.Role == cert.Leaf && (len(p.judge.jobs) == 0 || x.relation(place.Certificate, p.judge.jobs) > 0) {
				list = append(list, place.Certificate)
			}
		}
	default:
		list = slices.Clone(x.relatedTo(p.judge.jobs))
	}
	list = slices.DeleteFunc(list, func(c *survey.Certificate) bool { return c.CA })
	return usable(list, g, p)
}

// relatedTo are the certificates that have a relation to jobs.
func (x *index) relatedTo(jobs []string) []*survey.Certificate {
	key := strings.Join(jobs, " ")
	list, known := x.related[key]
	if !known {
		for _, c := range x.all {
			if x.relation(c, jobs) > 0 {
				list = append(list, c)
			}
		}
		x.related[key] = list
	}
	return list
}

// usable are the leaves that permit the use for which they were shown. If none does, that can be the fault.
func usable(list []*survey.Certificate, g *Group, p parties) []*survey.Certificate {
	fault := g.Symptom.Fault
	if p.as == "" || fault == knowledge.WrongUsage {
		return list
	}
	permits := func(c *survey.Certificate) bool { return c.May(usage(p.as)) }
	if fault == knowledge.Refused && !slices.ContainsFunc(list, permits) {
		return list
	}
	return slices.DeleteFunc(list, func(c *survey.Certificate) bool { return !permits(c) })
}

// relation tells how likely jobs talk to the owner of a leaf: one point if they trust its CA, and one if a job that
// shows the leaf trusts the CA of what they show. A job is not related to itself.
func (x *index) relation(c *survey.Certificate, jobs []string) (points int) {
	trusted, trusting := false, false
	for i := range x.spots[c] {
		h := &x.spots[c][i]
		if h.job() == "" || !h.isLeaf() {
			continue
		}
		if contains(jobs, h.job()) {
			return 0
		}
		for _, own := range jobs {
			trusted = trusted || signed(x.trusts[own], c)
			trusting = trusting || slices.ContainsFunc(x.ofJob[own], func(shown *survey.Certificate) bool { return signed(x.trusts[h.job()], shown) })
		}
	}
	for _, yes := range []bool{trusted, trusting} {
		if yes {
			points++
		}
	}
	return points
}

func signed(cas []*survey.Certificate, c *survey.Certificate) bool {
	return slices.ContainsFunc(cas, c.SignedBy)
}

// guessed are the suspects if no words name the job that shows the certificate: those with the fault of the words, or
// else those that are best related to the judge, if they are few. One is proven if it is the only one with the fault.
func (x *index) guessed(list []suspicion, g *Group, p parties) []suspicion {
	if len(list) == 0 {
		return nil
	}
	proven := list[0].proven
	if !proven && g.Symptom.Fault == knowledge.NoCertificate {
		return nil // the peer may well have none
	}
	best := 0
	points := func(s suspicion) int { return x.relation(s.certificate, p.judge.jobs) }
	for _, s := range list {
		best = max(best, points(s))
	}
	if !proven || len(p.owner.instances) == 0 {
		list = slices.DeleteFunc(list, func(s suspicion) bool { return !s.certificate.CA && points(s) < best })
	}
	if !proven && len(list) > maxSuspects {
		return nil
	}
	for i := range list {
		list[i].proven = proven && (len(list) == 1 || len(p.owner.instances) > 0)
	}
	return list
}

// distrusted tells whether a party trusts CAs, and none of them signed the certificate.
func (x *index) distrusted(c *survey.Certificate, judge *party) bool {
	jobs := judge.jobs
	if len(jobs) == 0 && len(judge.instances) > 0 {
		for _, p := range judge.instances[0].Places {
			jobs = appendNew(jobs, p.Job)
		}
	}
	return len(x.lacking(c, jobs)) > 0
}

// listening are the jobs that serve certificates at an address. A name can stand for every address.
func (x *index) listening(peer Peer) (jobs []string) {
	if x.survey == nil || peer.Port == "" {
		return nil
	}
	for _, i := range x.survey.Instances {
		known := x.address[peer.Host]
		if known != nil && known != i {
			continue
		}
		for _, s := range i.Shown {
			if parsePeer(s.Address).Port == peer.Port {
				jobs = appendNew(jobs, s.Job)
			}
		}
	}
	return jobs
}
