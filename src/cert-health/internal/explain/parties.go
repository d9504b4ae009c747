package explain

import (
	"fmt"
	"slices"
	"strconv"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// parties are the two sides of a group's handshakes. The owner has the certificate at fault, the judge refuses it.
type parties struct {
	as    knowledge.Side // the role of the certificate at fault; empty if it is not known
	owner party
	judge party
}

// party is one side.
type party struct {
	jobs      []string // one of them
	host      string
	more      int                // hosts besides it, in the other groups of a case
	instances []*survey.Instance // with that address
}

// parties says who is who in a group.
func (x *index) parties(g *Group) parties {
	writer, peer := party{}, x.peer(g)
	if g.Job != "" {
		writer.jobs = []string{g.Job}
	}
	if g.Symptom.Whose == knowledge.Own {
		return parties{as: g.Said, owner: writer, judge: peer}
	}
	return parties{as: g.Said.Other(), owner: peer, judge: writer}
}

// peer is the side that did not write the lines. A server is known by its port and its name. Of a client only the
// address is: it is one of the jobs on that instance that talk to the writer.
func (x *index) peer(g *Group) (p party) {
	p.host = g.Peer.Host
	if i := x.address[g.Peer.Host]; i != nil {
		p.instances = []*survey.Instance{i}
	}
	switch {
	case g.Said == knowledge.Server:
		p.jobs = x.partners(g.Job, knowledge.Server)
	case p.host == "":
		p.jobs = x.partners(g.Job, knowledge.Client)
	default:
		p.jobs = x.servers(g.Peer)
	}
	if at := x.listening(g.Peer); len(at) > 0 && (len(p.jobs) == 0 || len(p.instances) > 0) {
		p.jobs = at
	}
	if len(p.instances) > 0 && len(p.jobs) > 1 {
		p.jobs = onInstance(p.jobs, p.instances[0])
	}
	return p
}

// servers are the jobs that a client can mean by an address.
func (x *index) servers(peer Peer) []string {
	named, byPort := x.named(peer.Host), x.jobsAt(peer.Port)
	if len(named) == 0 {
		return byPort
	}
	both := slices.DeleteFunc(slices.Clone(byPort), func(job string) bool { return !slices.Contains(named, job) })
	if len(both) > 0 {
		return both
	}
	return named
}

// onInstance are those of the jobs that have certificates on an instance; all if none has.
func onInstance(jobs []string, i *survey.Instance) (found []string) {
	for _, p := range i.Places {
		if slices.Contains(jobs, p.Job) {
			found = appendNew(found, p.Job)
		}
	}
	if len(found) == 0 {
		return jobs
	}
	return found
}

// narrow leaves the jobs that have the certificate which is proven to be at fault.
func (x *index) narrow(p *party, c *survey.Certificate) {
	var jobs []string
	for i := range x.spots[c] {
		h := &x.spots[c][i]
		if h.job() != "" && h.isLeaf() && (len(p.jobs) == 0 || slices.Contains(p.jobs, h.job())) {
			jobs = appendNew(jobs, h.job())
		}
	}
	if len(jobs) > 0 {
		p.jobs = jobs
	}
}

// several tells whether the name of a party is that of several hosts.
func (p *party) several() bool { return len(p.jobs) != 1 && p.host != "" && p.more > 0 }

// name is the party in words.
func (p *party) name(otherwise string) string {
	switch {
	case len(p.jobs) == 1:
		return p.jobs[0]
	case p.host != "":
		host := p.host
		if len(p.instances) == 1 && p.instances[0].Name != "" {
			host = p.instances[0].Name
		}
		if p.more > 0 {
			host += fmt.Sprintf(" (and %d more)", p.more)
		}
		return host
	case len(p.jobs) > 1:
		return listed(p.jobs, " or ")
	}
	return otherwise
}

func contains(list []string, word string) bool { return slices.Contains(list, word) }

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func appendNew(list []string, word string) []string {
	if word == "" || slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}
