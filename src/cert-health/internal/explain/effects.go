package explain

import (
	"slices"

	"cert-health/internal/knowledge"
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

// kinds are the certificates of the platform that the owner of a group shows.
func (x *index) kinds(g *Group, p parties) (list []Kind) {
	if g.Symptom.Fault == knowledge.NotTLS {
		return nil
	}
	for _, k := range x.known.Certificates {
		if p.as == knowledge.Server && g.Peer.Port != "" && len(k.Ports) > 0 && g.Symptom.Whose == knowledge.Peer && !slices.ContainsFunc(k.Ports, func(port int64) bool { return itoa(port) == g.Peer.Port }) {
			continue
		}
		if plays(k, p) {
			list = append(list, kindOf(k, p.as, ""))
		}
	}
	return list
}

func kindOf(k *knowledge.Certificate, as knowledge.Side, because string) Kind {
	return Kind{Name: k.Name, As: as, Groups: k.Groups, Files: k.At, Because: because}
}
