package trust

import (
	"cmp"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

// Radius is what a certificate takes with it when it ends or is taken away.
func (v *View) Radius(c *survey.Certificate) *Radius {
	r := &Radius{Certificate: refOf(c), Server: []Use{}, Client: []Use{}, Trusts: []Use{}, Leaves: []Below{}}
	used := map[string]bool{}
	for n := range v.edges {
		e := &v.edges[n]
		r.Server = v.uses(r.Server, n, v.sides[n].servers, used, func(m *material) bool {
			return slices.Contains(m.leaves, c) || slices.Contains(m.shown, c)
		})
		if e.Mutual() {
			r.Client = v.uses(r.Client, n, v.sides[n].clients, used, func(m *material) bool { return slices.Contains(m.leaves, c) })
		}
		holds := func(m *material) bool { return slices.Contains(m.anchors, c) }
		r.Trusts = v.uses(r.Trusts, n, v.sides[n].clients, used, holds)
		if e.Mutual() {
			r.Trusts = v.uses(r.Trusts, n, v.sides[n].servers, used, holds)
		}
	}
	for _, list := range [][]Use{r.Server, r.Client, r.Trusts} { // those with both sides first
		slices.SortStableFunc(list, func(a, b Use) int { return cmp.Compare(truth(a.Alone), truth(b.Alone)) })
	}
	h := v.holders[c]
	r.Groups = h.places()
	r.Jobs = slices.DeleteFunc(h.names(), func(job string) bool { return used[job] })
	if c.CA {
		r.Leaves = v.below(c)
	}
	return r
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// uses adds an edge if generations of one side use the certificate. Of an edge there is one use in a list.
func (v *View) uses(list []Use, n int, side []*generation, used map[string]bool, is func(*material) bool) []Use {
	e := &v.edges[n]
	for _, g := range side {
		if !is(g.material) {
			continue
		}
		at := slices.IndexFunc(list, func(u Use) bool { return u.Edge == e.Name })
		if at < 0 {
			at = len(list)
			list = append(list, Use{Edge: e.Name, From: v.jobsOf(v.sides[n].clients, e.Client.Jobs), To: v.jobsOf(v.sides[n].servers, e.Server.Jobs), Port: e.Server.Port,
				Breaks: e.Breaks, Survives: e.Survives, Learned: e.Learned, Alone: len(v.sides[n].clients) == 0 || len(v.sides[n].servers) == 0})
		}
		list[at].Groups = united(list[at].Groups, g.Groups)
		for _, job := range g.jobs {
			used[job] = true
		}
	}
	return list
}

// jobsOf are the jobs that are seen on one side of an edge, or those of its description.
func (v *View) jobsOf(side []*generation, described []string) string {
	var jobs []string
	for _, g := range side {
		jobs = unitedWords(jobs, g.jobs...)
	}
	if len(jobs) == 0 {
		jobs = described
	}
	return jobWords(jobs)
}

// below are the deployed leaves below a CA.
func (v *View) below(ca *survey.Certificate) []Below {
	list := []Below{}
	if !ca.CA {
		return list
	}
	for _, leaf := range v.survey.Certificates {
		h := v.holders[leaf]
		if h == nil || !h.leaf || leaf == ca {
			continue
		}
		if signed, end := v.signed(leaf, ca, leaf, 0); signed {
			list = append(list, Below{Leaf: refOf(leaf), Groups: h.places(), Ends: end.NotAfter, WithCA: end == ca})
		}
	}
	slices.SortFunc(list, func(a, b Below) int {
		return cmp.Or(a.Ends.Compare(b.Ends), strings.Compare(a.Leaf.Name, b.Leaf.Name), strings.Compare(a.Leaf.Fingerprint, b.Leaf.Fingerprint))
	})
	return list
}

// signed tells whether a CA is above a certificate, and which certificate of the way ends first. If several ways
// lead there, the one that ends last counts.
func (v *View) signed(c, ca, first *survey.Certificate, depth int) (found bool, end *survey.Certificate) {
	if depth > maxDepth {
		return false, nil
	}
	for _, signer := range v.signers[c.Issuer] {
		if signer == c || linked(c, signer) == no {
			continue
		}
		soonest := first
		if signer.NotAfter.Before(first.NotAfter) {
			soonest = signer
		}
		above, last := signer == ca, soonest
		if !above && !signer.SelfIssued() {
			above, last = v.signed(signer, ca, soonest, depth+1)
		}
		if above && (!found || last.NotAfter.After(end.NotAfter)) {
			found, end = true, last
		}
	}
	return found, end
}
