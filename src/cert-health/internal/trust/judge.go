package trust

import (
	"slices"
	"time"

	"cert-health/internal/knowledge"
	"cert-health/internal/survey"
)

// question asks whether one side accepts a certificate of the other side.
type question struct {
	leaf    *survey.Certificate
	sent    []*survey.Certificate
	anchors []*survey.Certificate
	at      time.Time
	usage   string // "serverAuth" or "clientAuth"
	stack   knowledge.Stack
	names   []string // one of which the leaf must have
	anyName bool
	// noBundle is true if the bundle is not known, mixed if the file holds other bundles too, unsent if
	// it is not known which CAs are sent with the leaf.
	noBundle, mixed, unsent bool
	// spare are CAs that the sender may add by itself: OpenSSL completes a chain from the CAs that it trusts.
	spare []*survey.Certificate
	// issuers are all CAs of the survey with the name of the leaf's issuer.
	issuers []*survey.Certificate
}

// judgement collects faults and doubts.
type judgement struct {
	faults []fault
	doubts []string
	maybe  []fault             // of chains that a library may try, if there are doubts
	ends   *survey.Certificate // with which the best chain ends
}

func (j *judgement) fault(s Status, at *survey.Certificate) {
	j.faults = append(j.faults, fault{s, at})
}

func (j *judgement) doubt(sentence string) {
	if !slices.Contains(j.doubts, sentence) {
		j.doubts = append(j.doubts, sentence)
	}
}

func (j *judgement) refused() bool { return len(j.faults) > 0 }

// judge answers a question. If the library is not known, Go's and OpenSSL's rules must agree.
func judge(q question) judgement {
	if q.stack != "" {
		return judgeAs(q, q.stack)
	}
	a, b := judgeAs(q, knowledge.Go), judgeAs(q, knowledge.OpenSSL)
	switch {
	case a.refused() != b.refused():
		return judgement{doubts: []string{"libraries differ: " + refusal(&a, &b)}, ends: a.ends}
	case a.refused():
		a.faults = append(a.faults, b.faults...)
	case len(a.doubts) == 0:
		a.doubts = b.doubts
	}
	return a
}

// refusal says which of two libraries refuses, and why.
func refusal(a, b *judgement) string {
	if a.refused() {
		return "Go refuses (" + wordOf(a.faults[0].status) + "), and OpenSSL does not"
	}
	return "OpenSSL refuses (" + wordOf(b.faults[0].status) + "), and Go does not"
}

func judgeAs(q question, stack knowledge.Stack) (j judgement) {
	if q.leaf.Subject == "" && q.leaf.Issuer == "" {
		j.ends = q.leaf
		if expired(q.leaf, q.at) {
			j.fault(Expired, q.leaf)
		}
		j.doubt("only a handshake has shown the certificate, and its issuer is not known")
		return j
	}
	parts := []func(*judgement, question, knowledge.Stack){judgeDates, judgeName, judgeChain, judgeUsage}
	if stack == knowledge.OpenSSL {
		parts = []func(*judgement, question, knowledge.Stack){judgeChain, judgeUsage, judgeName, judgeDates}
	}
	for _, part := range parts {
		part(&j, q, stack)
	}
	if j.ends == nil {
		j.ends = q.leaf
	}
	if j.refused() && len(j.doubts) > 0 {
		j.fault(UnknownCA, q.leaf) // what is not certain may be a fault too
		j.faults = append(j.faults, j.maybe...)
	}
	return j
}

func expired(c *survey.Certificate, at time.Time) bool {
	return !c.NotAfter.IsZero() && !at.Before(c.NotAfter)
}

func judgeDates(j *judgement, q question, _ knowledge.Stack) {
	switch {
	case expired(q.leaf, q.at):
		j.fault(Expired, q.leaf)
	case q.at.Before(q.leaf.NotBefore):
		j.fault(NotYetValid, q.leaf)
	}
}

func judgeUsage(j *judgement, q question, stack knowledge.Stack) {
	switch {
	case !q.leaf.May(q.usage):
		j.fault(WrongUsage, q.leaf)
	case stack == knowledge.OpenSSL && len(q.leaf.Usages) > 0 && !slices.Contains(q.leaf.Usages, q.usage):
		j.fault(WrongUsage, q.leaf) // it does not accept anyExtendedKeyUsage alone
	}
}

func judgeName(j *judgement, q question, stack knowledge.Stack) {
	if q.anyName {
		return
	}
	switch hasName(q.leaf, q.names, stack) {
	case no:
		j.fault(WrongName, q.leaf)
	case unclear:
		j.doubt("the name for which the client asks is not known")
	}
}

// judgeChain looks for chains from the leaf to the bundle.
func judgeChain(j *judgement, q question, stack knowledge.Stack) {
	if q.noBundle {
		j.doubt("no bundle of CAs is known in the files of the job")
		return
	}
	found, cut := chains(q.leaf, q.sent, q.anchors, stack == knowledge.OpenSSL)
	spare := slices.DeleteFunc(slices.Clone(q.spare), func(ca *survey.Certificate) bool { return slices.Contains(q.anchors, ca) })
	if len(spare) > 0 && len(q.sent) == 0 {
		if more, _ := chains(q.leaf, spare, q.anchors, stack == knowledge.OpenSSL); len(more) > len(found) {
			j.doubt("the program may send CAs of its own bundle with its certificate")
			found = more
		}
	}
	var good, bad []path
	for _, p := range found {
		faults := p.faults(q.at, q.usage)
		if stack == knowledge.Java && len(faults) > 0 && onlyAnchorEnded(&p, faults) {
			j.doubt("Java programs do not always check the end of a trusted CA")
			faults = nil
		}
		if len(faults) == 0 {
			good = append(good, p)
		} else {
			bad = append(bad, p)
		}
	}
	j.ends = best(found)
	for i := range bad {
		j.maybe = append(j.maybe, bad[i].faults(q.at, q.usage)...)
	}
	switch {
	case len(good) > 0:
		j.accepted(q, good, stack)
		sent := judgement{}
		sent.deadEnds(q)
		j.maybe = append(j.maybe, sent.faults...)
	case len(bad) > 0:
		j.chainFaults(q, bad)
	case cut:
		j.doubt("the bundle has too many CAs with the same name")
	case slices.ContainsFunc(q.anchors, func(ca *survey.Certificate) bool { return ca.Subject == "" }):
		j.doubt("a CA of the bundle is known by its fingerprint alone")
	case q.unsent && !rootsOnly(q.issuers):
		j.doubt("which CAs the process sends with its certificate is not seen")
	default:
		j.fault(UnknownCA, q.leaf)
		j.deadEnds(q)
	}
}

// deadEnds adds what is wrong with the CAs that are sent, although no chain leads on from them: Go names that first.
func (j *judgement) deadEnds(q question) {
	for _, ca := range q.sent {
		if linked(q.leaf, ca) != no {
			for _, f := range (&path{certs: []*survey.Certificate{q.leaf, ca}}).faults(q.at, q.usage) {
				j.fault(f.status, f.at)
			}
		}
	}
}

func onlyAnchorEnded(p *path, faults []fault) bool {
	return len(faults) == 1 && faults[0].at == p.certs[len(p.certs)-1] && faults[0].status == Expired
}

// accepted notes what is not certain although there is a good chain.
func (j *judgement) accepted(q question, good []path, stack knowledge.Stack) {
	sure := slices.IndexFunc(good, func(p path) bool { return p.sure })
	if sure < 0 {
		j.doubt("the certificate or its CA has no key identifier: names alone do not prove who signed it")
		return
	}
	if q.mixed {
		j.doubt("the file with the bundle holds other CAs too, and which of them count is not known")
	}
	if stack != knowledge.OpenSSL {
		return
	}
	if q.strays(good, &good[sure]) {
		j.doubt("there is a chain that holds, but OpenSSL may choose another one that does not")
	}
}

// strays tells whether OpenSSL, which does not look for another chain after a fault, may leave a good chain: at one
// step there is another CA that leads to none. Of two CAs in one place it prefers the one whose dates hold.
func (q *question) strays(good []path, p *path) bool {
	leads := func(ca *survey.Certificate, depth int) bool {
		return slices.ContainsFunc(good, func(g path) bool { return g.sure && depth < len(g.certs) && g.certs[depth] == ca })
	}
	for i := range len(p.certs) - 1 {
		for _, list := range [][]*survey.Certificate{q.anchors, q.sent} {
			for _, ca := range list {
				if linked(p.certs[i], ca) == no || slices.Contains(p.certs, ca) || leads(ca, i+1) {
					continue
				}
				if ca.Usable(q.at) || !slices.Contains(list, p.certs[i+1]) {
					return true
				}
			}
		}
	}
	return false
}

// chainFaults adds what is wrong with the chains, none of which is good. The first fault is that of the best.
func (j *judgement) chainFaults(q question, bad []path) {
	chosen := slices.MaxFunc(bad, func(a, b path) int { return a.end().NotAfter.Compare(b.end().NotAfter) })
	for _, f := range chosen.faults(q.at, q.usage) {
		j.fault(f.status, f.at)
	}
	for i := range bad {
		for _, f := range bad[i].faults(q.at, q.usage) {
			j.fault(f.status, f.at)
		}
	}
	j.fault(UnknownCA, q.leaf) // Go names the fault of the chain that it tried last
	j.deadEnds(q)
}

// best is the certificate with which the longest-lived chain ends.
func best(found []path) (end *survey.Certificate) {
	for i := range found {
		if own := found[i].end(); end == nil || own.NotAfter.After(end.NotAfter) {
			end = own
		}
	}
	return end
}

// rootsOnly tells whether all known CAs that could have signed a certificate are roots: then no other CA is
// needed between them.
func rootsOnly(issuers []*survey.Certificate) bool {
	return len(issuers) > 0 && !slices.ContainsFunc(issuers, func(ca *survey.Certificate) bool { return !ca.SelfIssued() })
}
