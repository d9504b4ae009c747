package explain

import (
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// jobsAt are the jobs that listen on a port, as far as the knowledge has it.
func (x *index) jobsAt(port string) (jobs []string) {
	if port == "" {
		return nil
	}
	for i := range x.known.Edges {
		if e := &x.known.Edges[i]; port == itoa(int64(e.Server.Port)) {
			for _, job := range e.Server.Jobs {
				jobs = appendNew(jobs, job)
			}
		}
	}
	for _, c := range x.known.Certificates {
		for _, p := range c.Ports {
			if port == itoa(p) {
				jobs = appendNew(jobs, c.Server)
			}
		}
	}
	return jobs
}

// partners are the jobs at the other ends of the edges on which a job plays a side.
func (x *index) partners(job string, side knowledge.Side) (jobs []string) {
	if job == "" {
		return nil
	}
	for i := range x.known.Edges {
		e := &x.known.Edges[i]
		own, others := e.Client.Jobs, e.Server.Jobs
		if side == knowledge.Server {
			own, others = others, own
		}
		if !contains(own, job) {
			continue
		}
		for _, other := range others {
			if !strings.ContainsAny(other, "*?[{") {
				jobs = appendNew(jobs, other)
			}
		}
	}
	return jobs
}

// between are the edges on which the owner shows the certificate at fault to the judge. A side that is not known is
// any.
func (x *index) between(p parties) (edges []*knowledge.Edge) {
	for i := range x.known.Edges {
		e := &x.known.Edges[i]
		if p.as != knowledge.Server && meets(e.Client.Jobs, p.owner.jobs) && meets(e.Server.Jobs, p.judge.jobs) ||
			p.as != knowledge.Client && meets(e.Server.Jobs, p.owner.jobs) && meets(e.Client.Jobs, p.judge.jobs) {
			edges = append(edges, e)
		}
	}
	return edges
}

func meets(jobs, some []string) bool {
	for _, job := range some {
		if contains(jobs, job) {
			return true
		}
	}
	return len(some) == 0
}

// shows tells whether a place is that of a certificate that the owner shows on one of the edges.
func shows(edges []*knowledge.Edge, as knowledge.Side, place *survey.Place) bool {
	if place == nil || place.Role != cert.Leaf {
		return false
	}
	for _, e := range edges {
		if as != knowledge.Server && contains(e.Client.Jobs, place.Job) && knowledge.MatchesFile(e.Client.Certificate, place.Job, place.File) ||
			as != knowledge.Client && contains(e.Server.Jobs, place.Job) && knowledge.MatchesFile(e.Server.Certificate, place.Job, place.File) {
			return true
		}
	}
	return false
}
