package trust

import (
	"slices"
	"strings"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// View is a survey that is prepared for questions about edges. It may be used by several goroutines.
type View struct {
	survey  *survey.Survey
	edges   []knowledge.Edge
	sides   []sides                          // of each edge
	signers map[string][]*survey.Certificate // all CAs by their subjects
	holders map[*survey.Certificate]*holder
}

// sides are the generations of the two sides of an edge.
type sides struct {
	clients, servers []*generation
	// together are the pairs on one instance, for a local edge.
	together map[[2]*generation]bool
}

// generation is a Generation with what it has.
type generation struct {
	Generation
	material   *material
	deployment string   // empty for an edge across deployments
	jobs       []string // in the order of their names
}

// New prepares a survey.
func New(s *survey.Survey, edges []knowledge.Edge) *View {
	v := &View{survey: s, edges: edges, sides: make([]sides, len(edges)), signers: map[string][]*survey.Certificate{}, holders: map[*survey.Certificate]*holder{}}
	for _, c := range s.Certificates {
		if c.CA {
			v.signers[c.Subject] = append(v.signers[c.Subject], c)
		}
	}
	f := &files{edges: edges, known: map[[2]string][]slot{}}
	index := map[string]*generation{}
	for n := range v.sides {
		v.sides[n].together = map[[2]*generation]bool{}
	}
	for _, p := range profiles(s) {
		v.hold(p)
		v.place(p, f.materials(p), index)
	}
	for n := range v.sides {
		for _, list := range [][]*generation{v.sides[n].clients, v.sides[n].servers} {
			for _, g := range list {
				slices.SortFunc(g.Groups, compareGroups)
			}
		}
	}
	return v
}

func compareGroups(a, b Group) int {
	if n := strings.Compare(a.Deployment, b.Deployment); n != 0 {
		return n
	}
	return strings.Compare(a.Name, b.Name)
}

// place adds the instances of a profile to the generations of each edge.
func (v *View) place(p *profile, materials map[use]*material, index map[string]*generation) {
	for n := range v.edges {
		client, server := materials[use{n, Client}], materials[use{n, Server}]
		for i := range p.cohort {
			c := v.generation(use{n, Client}, client, &p.cohort[i], index)
			s := v.generation(use{n, Server}, server, &p.cohort[i], index)
			if v.edges[n].Local && c != nil && s != nil {
				v.sides[n].together[[2]*generation{c, s}] = true
			}
		}
	}
}

// generation adds a cohort to its generation; nil if it has nothing for that side.
func (v *View) generation(key use, m *material, c *cohort, index map[string]*generation) *generation {
	if m == nil {
		return nil
	}
	edge, deployment := &v.edges[key.edge], c.deployment
	if edge.Across {
		deployment = ""
	}
	word := strings.Join([]string{edge.Name, string(key.side), deployment, m.key()}, "\x00")
	g := index[word]
	if g == nil {
		g = &generation{material: m, deployment: deployment, Generation: Generation{
			Certificates: refs(m.leaves), Trusts: refs(m.anchors), Shown: refs(m.shown), Behind: m.behind}}
		index[word] = g
		s := &v.sides[key.edge]
		if key.side == Client {
			s.clients = append(s.clients, g)
		} else {
			s.servers = append(s.servers, g)
		}
	}
	g.jobs = unitedWords(g.jobs, m.jobs...)
	g.count(c)
	return g
}

func (g *generation) count(c *cohort) {
	g.Instances += c.instances
	g.NotSeen += c.notSeen
	g.Examples = append(g.Examples, c.examples[:min(len(c.examples), maxExamples-min(maxExamples, len(g.Examples)))]...)
	g.Groups = counted(g.Groups, c.deployment, c.group, c.instances)
}

func refs(list []*survey.Certificate) []Ref {
	all := []Ref{}
	for _, c := range list {
		all = append(all, refOf(c))
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
