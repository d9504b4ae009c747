package trust

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/knowledge"
)

// Filter chooses edges. Empty fields choose all.
type Filter struct {
	From, To string // a job, or the name of an edge
}

func (f Filter) allows(e *knowledge.Edge) bool {
	return allowed(f.From, e.Name, e.Client.Jobs) && allowed(f.To, e.Name, e.Server.Jobs)
}

func allowed(word, name string, jobs []string) bool {
	return word == "" || word == name || isJob(jobs, word)
}

// Matrix says who can talk to whom at the time of the survey.
func (v *View) Matrix(f Filter) *Matrix {
	m := &Matrix{At: v.survey.At, Counts: map[Status]int{}, Edges: []EdgeMatrix{}, Blind: append([]string{}, v.survey.Blind...)}
	for n := range v.edges {
		if !f.allows(&v.edges[n]) || len(v.sides[n].clients)+len(v.sides[n].servers) == 0 {
			continue
		}
		e := v.edge(n, v.survey.At)
		for i := range e.Cells {
			m.Counts[e.Cells[i].Worst().Status]++
		}
		m.Edges = append(m.Edges, e)
	}
	slices.SortStableFunc(m.Edges, func(a, b EdgeMatrix) int {
		return cmp.Or(cmp.Compare(rank(&b), rank(&a)), strings.Compare(a.Edge.Name, b.Edge.Name))
	})
	return m
}

// rank orders edges: those without a cell are last.
func rank(e *EdgeMatrix) int {
	if len(e.Cells) == 0 {
		return -1
	}
	return grave(e.Worst())
}

// edge is the matrix of one edge at a time.
func (v *View) edge(n int, at time.Time) EdgeMatrix {
	s := &v.sides[n]
	e := EdgeMatrix{Edge: v.edges[n], Clients: plain(s.clients), Servers: plain(s.servers), Cells: []Cell{}}
	v.pairs(n, func(c, d int) { e.Cells = append(e.Cells, v.cell(n, c, d, at)) })
	switch {
	case len(s.servers) == 0:
		e.Missing = "no server is seen: " + strings.Join(e.Edge.Server.Jobs, ", ")
	case len(s.clients) == 0:
		e.Missing = "no client is seen: " + strings.Join(e.Edge.Client.Jobs, ", ")
	case len(e.Cells) == 0:
		e.Missing = "clients and servers are not in the same place"
	}
	return e
}

func plain(list []*generation) []Generation {
	all := make([]Generation, len(list))
	for i, g := range list {
		all[i] = g.Generation
	}
	return all
}

// pairs calls a function for each pair of generations that talk to each other.
func (v *View) pairs(n int, call func(client, server int)) {
	s, edge := &v.sides[n], &v.edges[n]
	own := map[string]bool{}
	for _, g := range s.servers {
		own[g.deployment] = true
	}
	for c, client := range s.clients {
		for d, server := range s.servers {
			var talk bool
			switch {
			case edge.Local:
				talk = s.together[[2]*generation{client, server}]
			case edge.Across, client.deployment == server.deployment:
				talk = true
			default: // a deployment without the server talks to another one
				talk = !own[client.deployment] && (len(own) == 1 || related(client, s.servers, server))
			}
			if talk {
				call(c, d)
			}
		}
	}
}

// related tells whether a client talks to a server of another deployment, of which there are several: to those
// whose certificates are of a CA that it trusts; if there is none, to all.
func related(client *generation, servers []*generation, server *generation) bool {
	if trusts(client, server) {
		return true
	}
	for _, other := range servers {
		if trusts(client, other) {
			return other.deployment == server.deployment
		}
	}
	return true
}

// trusts tells whether a CA of the client's bundle has the name of the issuer of a server's certificate.
func trusts(client, server *generation) bool {
	for _, leaf := range server.material.leaves {
		for _, ca := range client.material.anchors {
			if leaf.SignedBy(ca) {
				return true
			}
		}
	}
	return false
}

// wordOf is a status as people write it.
func wordOf(s Status) string {
	if s == UnknownCA {
		return "unknown CA"
	}
	return strings.ReplaceAll(string(s), "_", " ")
}

// Word is the status as people write it.
func (s Status) Word() string { return wordOf(s) }

// Describe is a generation in a few words: the groups and how many instances.
func (g *Generation) Describe() string {
	parts := make([]string, 0, len(g.Groups))
	for _, own := range g.Groups {
		parts = append(parts, own.String())
	}
	return strings.Join(parts, ", ")
}

// String is the group with its number of instances: "cf/diego-cell x 97".
func (g Group) String() string {
	name := strings.Trim(g.Deployment+"/"+g.Name, "/")
	if name == "" {
		name = "a VM without a name"
	}
	if g.Instances == 1 {
		return name
	}
	return fmt.Sprintf("%s x %d", name, g.Instances)
}
