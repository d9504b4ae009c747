package explain

import (
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// effect adds what people see to the case of the certificate that causes it. If there is none, it is a case of its
// own, with the certificates that can cause it.
func (x *index) effect(a *Answer, g *Group) {
	for _, c := range a.Cases {
		if c.Fault != knowledge.NotTLS && x.causes(g.Symptom, c) {
			c.Effects = append(c.Effects, Effect{Means: g.Symptom.Means, Words: g.Words, Lines: g.Lines})
			return
		}
	}
	for _, c := range a.Cases {
		if c.Fault == "" && c.groups[0].Symptom == g.Symptom {
			c.count(g)
			return
		}
	}
	c := &Case{Words: g.Words, Log: g.Log, Suspects: x.described(x.causing(g.Symptom))}
	if len(c.Suspects) == 0 || !c.Suspects[0].Proven {
		c.Suspects = nil // a certificate without a fault is no suspect
		for _, cause := range g.Symptom.Causes {
			c.Kinds = append(c.Kinds, kindOf(x.known.Certificate(cause.Certificate), cause.As, cause.Because))
		}
	}
	c.count(g)
	a.Cases = append(a.Cases, c)
}

// causes tells whether what people see can come from a case: its certificate, or one of its kind, is among the causes.
func (x *index) causes(s *knowledge.Symptom, c *Case) bool {
	if c.Fault == "" {
		return false
	}
	for _, cause := range s.Causes {
		if cause.As != "" && c.As != "" && cause.As != c.As {
			continue
		}
		k := x.known.Certificate(cause.Certificate)
		if slices.ContainsFunc(c.Kinds, func(kind Kind) bool { return kind.Name == k.Name }) && len(c.Kinds) == 1 {
			return true
		}
		for _, found := range x.of(k) {
			if slices.ContainsFunc(c.Suspects, func(own *Suspect) bool { return own.Proven && own.Fingerprint == found.Fingerprint }) {
				return true
			}
		}
	}
	return false
}

// causing are the certificates of the survey that can cause what people see: those with a fault now are proven.
func (x *index) causing(s *knowledge.Symptom) (list []suspicion) {
	for i, cause := range s.Causes {
		for _, c := range x.of(x.known.Certificate(cause.Certificate)) {
			list = append(list, suspicion{c, len(s.Causes) - i, !c.Usable(x.now), cause.Because})
		}
	}
	return x.chosen(list)
}

// kinds are the certificates of the platform that the owner of a group shows to the judge.
func (x *index) kinds(g *Group, p parties) (list []Kind) {
	if g.Symptom.Fault == knowledge.NotTLS || len(p.owner.jobs) == 0 {
		return nil
	}
	edges := x.between(p)
	for _, k := range x.known.Certificates {
		if plays(k, p) && (len(edges) == 0 || onEdge(k, edges, p.as)) {
			list = append(list, kindOf(k, p.as, ""))
		}
	}
	return list
}

// onEdge tells whether a known certificate is one that is shown on an edge.
func onEdge(k *knowledge.Certificate, edges []*knowledge.Edge, as knowledge.Side) bool {
	for _, at := range k.At {
		job, path, _ := strings.Cut(at, "/")
		if shows(edges, as, &survey.Place{Job: job, File: "/var/vcap/jobs/" + job + "/" + path, Role: cert.Leaf}) {
			return true
		}
	}
	return false
}

func kindOf(k *knowledge.Certificate, as knowledge.Side, because string) Kind {
	return Kind{Name: k.Name, As: as, Groups: k.Groups, Files: k.At, Because: because}
}
