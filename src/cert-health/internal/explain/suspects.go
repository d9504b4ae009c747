package explain

import (
	"cmp"
	"slices"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// maxSuspects is how many certificates of a case are named.
const maxSuspects = 5

// suspicion is a certificate that can be at fault, and how well it fits.
type suspicion struct {
	certificate *survey.Certificate
	score       int
	proven      bool
	because     string
}

// suspects are the certificates that a group can be about, the likeliest first. One is proven if it has the end
// that the words have, or if it has the fault of the words now and fits the side that shows it.
func (x *index) suspects(g *Group, p parties) []suspicion {
	if g.Symptom.Fault == knowledge.NotTLS {
		return nil
	}
	if ending := x.endingAt(g.End); len(ending) > 0 {
		return x.byEnd(ending, p)
	}
	if !g.End.IsZero() {
		return nil // the survey does not have it: any other one would be a guess
	}
	var list []suspicion
	for _, c := range x.candidates(g, p) {
		list = append(list, suspicion{c, x.fits(c, p), x.has(c, g, p), ""})
		if ca := x.endedCA(c, g); ca != nil {
			list = append(list, suspicion{ca, x.fits(c, p), true, ""})
		}
	}
	list = x.chosen(list)
	if len(p.owner.jobs) > 0 {
		return list
	}
	return x.guessed(list, g, p)
}

// byEnd chooses among certificates with the same end: all of a deployment can have one.
func (x *index) byEnd(ending []*survey.Certificate, p parties) (list []suspicion) {
	for _, c := range ending {
		list = append(list, suspicion{c, x.fits(c, p), true, ""})
	}
	list = x.chosen(list)
	best := list[0].score
	return slices.DeleteFunc(list, func(s suspicion) bool { return s.score < best })
}

// fits tells how well a certificate fits the side that shows it.
func (x *index) fits(c *survey.Certificate, p parties) (score int) {
	edges := x.between(p)
	for i := range x.spots[c] {
		h := &x.spots[c][i]
		s := 0
		if shows(edges, p.as, h.place) {
			s += 3
		}
		if slices.Contains(p.owner.jobs, h.job()) {
			s += 4
		}
		if h.shown != nil && p.as == knowledge.Server {
			s++
		}
		score = max(score, s)
	}
	for _, i := range p.owner.instances {
		if len(i.Of(c)) > 0 {
			score += 2
		}
	}
	if k := x.known.Certificate(x.variable(c)); k != nil && plays(k, p) {
		score += 2
	}
	if !c.CA && (p.as == "" || c.May(usage(p.as))) {
		score++
	}
	return score
}

// chosen sorts the proven and the likely ones to the front, each once.
func (x *index) chosen(list []suspicion) []suspicion {
	slices.SortStableFunc(list, func(a, b suspicion) int {
		return cmp.Or(compareBool(b.proven, a.proven), b.score-a.score, a.certificate.NotAfter.Compare(b.certificate.NotAfter))
	})
	list = slices.CompactFunc(list, func(a, b suspicion) bool { return a.certificate == b.certificate })
	if len(list) > 0 && list[0].proven {
		list = slices.DeleteFunc(list, func(s suspicion) bool { return !s.proven })
	}
	return list
}

// has tells whether a certificate has the fault of a group now, as far as a survey shows that.
func (x *index) has(c *survey.Certificate, g *Group, p parties) bool {
	switch g.Symptom.Fault {
	case knowledge.Expired:
		return !x.now.Before(c.NotAfter)
	case knowledge.Refused, knowledge.NoCertificate:
		return !c.Usable(x.now) || p.as != "" && !c.May(usage(p.as)) || x.distrusted(c, &p.judge)
	case knowledge.NotYetValid:
		return x.now.Before(c.NotBefore)
	case knowledge.WrongName:
		return g.Name != "" && len(c.SANs) > 0 && !covers(c, g.Name) && len(p.owner.jobs) < 2
	case knowledge.UnknownCA:
		return x.distrusted(c, &p.judge)
	case knowledge.WrongUsage:
		return p.as != "" && !c.May(usage(p.as))
	}
	return false
}

func usage(side knowledge.Side) string {
	if side == knowledge.Client {
		return "clientAuth"
	}
	return "serverAuth"
}
