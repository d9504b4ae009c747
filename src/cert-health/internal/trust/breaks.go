package trust

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"cert-health/internal/survey"
)

// endings collects what stops.
type endings struct {
	view  *View
	until time.Time
	all   map[ending]*Break
}

// ending is a certificate that ends: in files, or in processes alone.
type ending struct {
	certificate *survey.Certificate
	restart     bool
}

// Breaks are what will have stopped at a time if nothing is renewed, in the order in which it stops. What has
// stopped already comes first.
func (v *View) Breaks(until time.Time) []Break {
	e := &endings{view: v, until: until, all: map[ending]*Break{}}
	for n := range v.edges {
		v.pairs(n, func(client, server int) { e.pair(n, client, server) })
	}
	for _, c := range v.survey.Certificates {
		e.alone(c)
	}
	list := make([]Break, 0, len(e.all))
	for _, b := range e.all {
		slices.SortStableFunc(b.Edges, func(x, y Broken) int { return strings.Compare(x.Edge, y.Edge) })
		list = append(list, *b)
	}
	slices.SortFunc(list, func(a, b Break) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(len(b.Edges), len(a.Edges)), strings.Compare(a.Certificate.Name, b.Certificate.Name),
			strings.Compare(a.Certificate.Fingerprint, b.Certificate.Fingerprint))
	})
	return list
}

// pair adds what ends between two generations.
func (e *endings) pair(n, client, server int) {
	v := e.view
	edge, c, d := &v.edges[n], v.sides[n].clients[client], v.sides[n].servers[server]
	at := v.survey.At
	e.add(n, c, d, Server, v.serverHalf(edge, c.material, d.material, d.material.leaves, at, false), false)
	e.add(n, c, d, Client, v.clientHalf(edge, c.material, d.material, at), false)
	if len(d.material.shown) > 0 {
		e.add(n, c, d, Server, v.serverHalf(edge, c.material, d.material, d.material.shown, at, true), true)
	}
}

// add adds the end of one half of a connection. A half that is refused for another reason has no end.
func (e *endings) add(n int, client, server *generation, as Side, h half, restart bool) {
	c := h.ends
	if c == nil || c.NotAfter.IsZero() || c.NotAfter.After(e.until) || h.otherFault() {
		return
	}
	b := e.of(c, restart)
	edge := &e.view.edges[n]
	own := Broken{Edge: edge.Name, From: jobWords(client.jobs), To: jobWords(server.jobs), As: as, Breaks: edge.Breaks, Survives: edge.Survives}
	if h.leaf != nil && h.leaf != c {
		leaf := refOf(h.leaf)
		own.Leaf = &leaf
	}
	at := slices.IndexFunc(b.Edges, func(x Broken) bool {
		return x.Edge == own.Edge && x.As == as && (x.Leaf == nil) == (own.Leaf == nil) && (x.Leaf == nil || x.Leaf.Fingerprint == own.Leaf.Fingerprint)
	})
	if at < 0 {
		at = len(b.Edges)
		b.Edges = append(b.Edges, own)
	}
	b.Edges[at].Clients = united(b.Edges[at].Clients, client.Groups)
	b.Edges[at].Servers = united(b.Edges[at].Servers, server.Groups)
}

// otherFault tells whether a half is refused, and not because of an end.
func (h *half) otherFault() bool {
	return h.refused() && !slices.ContainsFunc(h.faults, func(f fault) bool { return f.status == Expired })
}

func (e *endings) of(c *survey.Certificate, restart bool) *Break {
	key := ending{c, restart}
	b := e.all[key]
	if b == nil {
		h := e.view.holders[c]
		b = &Break{At: c.NotAfter, Certificate: refOf(c), Edges: []Broken{}, Jobs: h.names(), Groups: h.places(), Restart: restart}
		b.Instances = instances(b.Groups)
		e.all[key] = b
	}
	return b
}

// alone adds a certificate of which no edge is known: a leaf, or a CA with leaves.
func (e *endings) alone(c *survey.Certificate) {
	h := e.view.holders[c]
	if h == nil || c.NotAfter.IsZero() || c.NotAfter.After(e.until) || e.all[ending{c, false}] != nil {
		return
	}
	if h.leaf || len(e.view.below(c)) > 0 {
		e.of(c, false)
	}
}
