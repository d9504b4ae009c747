package trust

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/strict"
	"cert-health/internal/survey"
)

// material is what one profile has for one side of an edge.
type material struct {
	leaves  []*survey.Certificate
	sent    []*survey.Certificate // CAs behind the leaves
	anchors []*survey.Certificate
	shown   []*survey.Certificate // what processes of a server show, if that is not what the files hold
	bundle  bool                  // a file with a bundle is there
	mixed   bool                  // and holds other bundles too
	behind  bool
	jobs    []string              // that have it
	cas     []*survey.Certificate // CAs that stand alone in the file of the certificate
}

// slot is one use that an edge has for a file.
type slot struct {
	edge   int
	side   Side
	trusts bool
	names  strict.Strings
}

// files finds the uses of files. It remembers them: a fleet has few different files.
type files struct {
	edges []knowledge.Edge
	known map[[2]string][]slot
}

// of are the uses of a file of a job.
func (f *files) of(job, file string) []slot {
	key := [2]string{job, file}
	slots, ok := f.known[key]
	if !ok {
		slots = f.find(job, file)
		f.known[key] = slots
	}
	return slots
}

func (f *files) find(job, file string) (slots []slot) {
	for n := range f.edges {
		c, s := &f.edges[n].Client, &f.edges[n].Server
		if isJob(c.Jobs, job) {
			slots = append(slots, matching(n, Client, job, file, c.Certificate, c.CertificateNames, c.Trusts, c.TrustsNames)...)
		}
		if isJob(s.Jobs, job) {
			slots = append(slots, matching(n, Server, job, file, s.Certificate, s.CertificateNames, s.Trusts, s.TrustsNames)...)
		}
	}
	return slots
}

func matching(edge int, side Side, job, file string, certificate, names, trusts, trustsNames strict.Strings) (slots []slot) {
	if knowledge.MatchesFile(certificate, job, file) {
		slots = append(slots, slot{edge: edge, side: side, names: names})
	}
	if knowledge.MatchesFile(trusts, job, file) {
		slots = append(slots, slot{edge: edge, side: side, trusts: true, names: trustsNames})
	}
	return slots
}

func isJob(globs strict.Strings, job string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool { return glob == job || strict.Match(glob, job) })
}

func named(c *survey.Certificate, globs strict.Strings) bool {
	if len(globs) == 0 {
		return true
	}
	return slices.ContainsFunc(globs, func(glob string) bool {
		return strict.Match(glob, c.Name) || slices.ContainsFunc(c.SANs, func(name string) bool { return strict.Match(glob, name) })
	})
}

// use is one side of one edge.
type use struct {
	edge int
	side Side
}

// materials are what a profile has for all edges.
func (f *files) materials(p *profile) map[use]*material {
	all := map[use]*material{}
	at := func(edge int, side Side) *material {
		key := use{edge, side}
		if all[key] == nil {
			all[key] = &material{}
		}
		return all[key]
	}
	for n := range p.places {
		place := &p.places[n]
		for _, s := range f.of(place.Job, place.File) {
			m := at(s.edge, s.side)
			m.behind = m.behind || p.behind[place.Job]
			m.jobs = unitedWords(m.jobs, place.Job)
			m.add(place, s)
		}
	}
	f.served(p, at)
	for key, m := range all {
		m.complete()
		if m.settle(); len(m.leaves) == 0 && !m.bundle {
			delete(all, key)
		}
	}
	return all
}

// add adds a place to what it is used for.
func (m *material) add(p *survey.Place, s slot) {
	c := p.Certificate
	switch {
	case s.trusts:
		m.bundle = true
		if p.Sent || p.Role == cert.Leaf && !c.SelfIssued() || !named(c, s.names) {
			return
		}
		if p.Form.Embedded() && len(s.names) == 0 && len(m.anchors) > 0 && m.anchors[0].Subject != c.Subject {
			m.mixed = true
		}
		m.anchors = added(m.anchors, c)
	case p.Sent:
		m.sent = added(m.sent, c)
	case p.Role == cert.Leaf:
		if named(c, s.names) {
			m.leaves = added(m.leaves, c)
		}
	default:
		m.cas = added(m.cas, c)
	}
}

func added(list []*survey.Certificate, c *survey.Certificate) []*survey.Certificate {
	if slices.Contains(list, c) {
		return list
	}
	return append(list, c)
}

// complete takes a CA that stands alone in the file of a certificate for the certificate itself.
func (m *material) complete() {
	if len(m.leaves) == 0 && len(m.cas) == 1 && m.cas[0].SelfIssued() {
		m.leaves = m.cas
		return
	}
	for _, ca := range m.cas {
		m.sent = added(m.sent, ca)
	}
}

// served adds what the processes of servers show.
func (f *files) served(p *profile, at func(int, Side) *material) {
	for n := range f.edges {
		s := &f.edges[n].Server
		if s.Port == 0 {
			continue
		}
		for i := range p.shown {
			own := &p.shown[i]
			if own.Job == "" || portOf(own.Address) != s.Port || !isJob(s.Jobs, own.Job) {
				continue
			}
			m := at(n, Server)
			m.shown, m.jobs = added(m.shown, own.Certificate), unitedWords(m.jobs, own.Job)
			m.behind = m.behind || p.behind[own.Job]
		}
	}
}

// settle compares what is shown with the files. A server whose files are not known has what it shows.
func (m *material) settle() {
	if len(m.leaves) == 0 {
		m.leaves, m.shown = m.shown, nil
		return
	}
	for _, c := range m.shown {
		if slices.Contains(m.leaves, c) {
			m.shown = nil
			return
		}
	}
}

// key tells generations apart.
func (m *material) key() string {
	var b strings.Builder
	for _, list := range [][]*survey.Certificate{m.leaves, m.sent, m.anchors, m.shown} {
		for _, c := range list {
			b.WriteString(c.Fingerprint)
			b.WriteByte(' ')
		}
		b.WriteByte('/')
	}
	fmt.Fprint(&b, m.bundle, m.mixed, m.behind)
	return b.String()
}
