package trust

import (
	"slices"
	"time"

	"cert-health/internal/survey"
)

// path is a chain from a leaf to a trusted CA, both included.
type path struct {
	certs []*survey.Certificate
	sure  bool // each link is proven by key identifiers
}

// The bounds of a search for chains. A bundle of an attacker could hold any number of CAs with one name.
const (
	maxDepth = 8
	maxPaths = 200
	maxSteps = 20_000
)

// search finds the chains of one leaf.
type search struct {
	sent, anchors []*survey.Certificate
	rooted        bool // only a self-issued CA ends a chain, as in OpenSSL
	found         []path
	steps         int
	cut           bool // the search was not complete
}

// chains are the chains from leaf to one of the anchors.
func chains(leaf *survey.Certificate, sent, anchors []*survey.Certificate, rooted bool) (found []path, cut bool) {
	s := &search{sent: sent, anchors: anchors, rooted: rooted}
	s.extend([]*survey.Certificate{leaf}, true)
	return s.found, s.cut
}

func (s *search) extend(certs []*survey.Certificate, sure bool) {
	last := certs[len(certs)-1]
	if slices.Contains(s.anchors, last) && (!s.rooted || last.SelfIssued()) {
		s.found = append(s.found, path{slices.Clone(certs), sure})
		return
	}
	if len(certs) > maxDepth {
		s.cut = true
		return
	}
	for _, list := range [][]*survey.Certificate{s.anchors, s.sent} {
		for _, ca := range list {
			if s.steps++; s.steps > maxSteps || len(s.found) >= maxPaths {
				s.cut = true
				return
			}
			if link := linked(last, ca); link != no && !slices.Contains(certs, ca) {
				s.extend(append(certs, ca), sure && link == yes)
			}
		}
	}
}

// answer is yes, no, or not known.
type answer int

const (
	unclear answer = iota
	yes
	no
)

// linked tells whether ca signed c, as far as names and key identifiers say.
func linked(c, ca *survey.Certificate) answer {
	switch {
	case !c.SignedBy(ca):
		return no
	case c.AuthorityID == "" || ca.KeyID == "":
		return unclear
	}
	return yes
}

// fault is what is wrong with a chain at a time for a usage; nil if nothing is.
type fault struct {
	status Status
	at     *survey.Certificate
}

// faults are what is wrong with the CAs of a chain.
func (p *path) faults(at time.Time, usage string) (list []fault) {
	for _, ca := range p.certs[1:] {
		switch {
		case !ca.NotAfter.IsZero() && !at.Before(ca.NotAfter):
			list = append(list, fault{Expired, ca})
		case at.Before(ca.NotBefore):
			list = append(list, fault{NotYetValid, ca})
		}
		if !ca.May(usage) {
			list = append(list, fault{WrongUsage, ca})
		}
	}
	return list
}

// end is the certificate of the chain that ends first.
func (p *path) end() *survey.Certificate {
	return slices.MinFunc(p.certs, func(a, b *survey.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
}
