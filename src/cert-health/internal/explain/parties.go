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

// peer is the side that did not write the lines. A server is known by its port and its name; of a client only the
// address is.
func (x *index) peer(g *Group) (p party) {
	p.host = g.Peer.Host
	if i := x.address[g.Peer.Host]; i != nil {
		p.instances = []*survey.Instance{i}
	}
	if g.Said == knowledge.Server {
		return p
	}
	p.jobs = x.named(g.Peer.Host)
	if byPort := x.jobsAt(g.Peer.Port); len(p.jobs) == 0 {
		p.jobs = byPort
	} else if both := slices.DeleteFunc(slices.Clone(byPort), func(job string) bool { return !slices.Contains(p.jobs, job) }); len(both) > 0 {
		p.jobs = both
	}
	if len(p.instances) > 0 && len(p.jobs) > 1 {
		p.jobs = onInstance(p.jobs, p.instances[0])
	}
	return p
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
