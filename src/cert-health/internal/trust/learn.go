package trust

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/strict"
	"cert-health/internal/survey"
)

// maxLearned bounds the edges that are learned.
const maxLearned = 500

// listener is a certificate that a job shows on a port, with the CAs whose clients the job may accept.
type listener struct {
	job    string
	port   uint16
	leaf   *survey.Certificate
	trusts []*survey.Certificate
	globs  strict.Strings
	knows  strict.Strings // files with the CAs
}

// Learn finds edges that no file of the knowledge describes: a job shows a certificate on a port, and another job
// has, in one directory, a client's certificate and a bundle such that both would accept each other. The edges are
// possible ones: a report does not say to which address a job talks. The name for which a client asks is not known
// either, so that their cells are never Trusted.
func Learn(s *survey.Survey, known []knowledge.Edge) []knowledge.Edge {
	all := profiles(s)
	var listeners []*listener
	for _, p := range all {
		listeners = append(listeners, listening(p, known)...)
	}
	var edges []knowledge.Edge
	seen := map[string]bool{}
	for _, p := range all {
		for _, kit := range kits(p) {
			for _, l := range listeners {
				if e, ok := l.edge(kit, known); ok && !seen[e.Name] && len(edges) < maxLearned {
					seen[e.Name] = true
					edges = append(edges, e)
				}
			}
		}
	}
	slices.SortFunc(edges, func(a, b knowledge.Edge) int { return strings.Compare(a.Name, b.Name) })
	return edges
}

// listening are what the jobs of a profile show that no known edge describes.
func listening(p *profile, known []knowledge.Edge) (list []*listener) {
	for n := range p.shown {
		s := &p.shown[n]
		port := portOf(s.Address)
		if s.Job == "" || port == 0 || describesServer(known, s.Job, port) || slices.ContainsFunc(list, func(l *listener) bool { return l.job == s.Job && l.port == port }) {
			continue
		}
		l := &listener{job: s.Job, port: port, leaf: s.Certificate}
		for i := range p.places {
			place := &p.places[i]
			file := knowledge.FileOf(place.Job, place.File)
			switch {
			case place.Job != s.Job:
			case place.Certificate == s.Certificate:
				l.globs = with(l.globs, file)
			case place.Trusts():
				l.trusts, l.knows = append(l.trusts, place.Certificate), with(l.knows, file)
			}
		}
		list = append(list, l)
	}
	return list
}

func with(list strict.Strings, word string) strict.Strings {
	if slices.Contains(list, word) {
		return list
	}
	return append(list, word)
}

func describesServer(known []knowledge.Edge, job string, port uint16) bool {
	return slices.ContainsFunc(known, func(e knowledge.Edge) bool { return e.Server.Port == port && isJob(e.Server.Jobs, job) })
}

// kit is what a client needs: a certificate and a bundle in one directory.
type kit struct {
	job, leafFile string
	leaf          *survey.Certificate
	trusts        []*survey.Certificate
	bundles       strict.Strings
}

func kits(p *profile) (list []kit) {
	for n := range p.places {
		leaf := &p.places[n]
		if leaf.Role != cert.Leaf || !leaf.Certificate.May("clientAuth") || leaf.Certificate.SelfIssued() {
			continue
		}
		k := kit{job: leaf.Job, leaf: leaf.Certificate, leafFile: knowledge.FileOf(leaf.Job, leaf.File)}
		for i := range p.places {
			ca := &p.places[i]
			if ca.Job == leaf.Job && ca.Trusts() && filepath.Dir(ca.File) == filepath.Dir(leaf.File) {
				k.trusts, k.bundles = append(k.trusts, ca.Certificate), with(k.bundles, knowledge.FileOf(ca.Job, ca.File))
			}
		}
		if len(k.trusts) > 0 {
			list = append(list, k)
		}
	}
	return list
}

// edge is a possible edge from a kit to a listener. Both sides must accept each other by the names of their CAs.
func (l *listener) edge(k kit, known []knowledge.Edge) (e knowledge.Edge, ok bool) {
	signs := func(leaf *survey.Certificate, cas []*survey.Certificate) bool {
		return slices.ContainsFunc(cas, func(ca *survey.Certificate) bool { return linked(leaf, ca) == yes })
	}
	if k.job == l.job || !signs(l.leaf, k.trusts) || !signs(k.leaf, l.trusts) || describesClient(known, k.job, k.leafFile) {
		return e, false
	}
	return knowledge.Edge{
		Name:   fmt.Sprintf("%s-%s-%d", k.job, l.job, l.port),
		Client: knowledge.EdgeClient{Jobs: strict.Strings{k.job}, Certificate: strict.Strings{glob(k.leafFile)}, Trusts: globs(k.bundles)},
		Server: knowledge.EdgeServer{Jobs: strict.Strings{l.job}, Port: l.port, Certificate: globs(l.globs), Trusts: globs(l.knows), ClientCertificate: knowledge.Optional},
		Learned: fmt.Sprintf("possible: %s shows a certificate on port %d, and %s has a certificate and a bundle that fit; whether it connects there is not known",
			l.job, l.port, k.job),
	}, true
}

func describesClient(known []knowledge.Edge, job, file string) bool {
	return slices.ContainsFunc(known, func(e knowledge.Edge) bool {
		return !slices.Contains(e.Client.Jobs, "*") && isJob(e.Client.Jobs, job) && knowledge.MatchesFile(e.Client.Certificate, job, "/var/vcap/jobs/"+job+"/"+file)
	})
}

// glob is a glob that matches a file and no other.
func glob(file string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "{", `\{`).Replace(file)
}

func globs(list strict.Strings) strict.Strings {
	all := make(strict.Strings, len(list))
	for i, file := range list {
		all[i] = glob(file)
	}
	return all
}
