package catalog

import (
	"cmp"
	"slices"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
)

// The limits of the search for the CA that signed a certificate. Names are chosen by others: without
// a limit, many CAs with one name would cost a verification for each pair.
const (
	maxNamesakes  = 100 // CAs of one name that are looked at
	maxCandidates = 4   // of these that are tried
	maxCost       = 5   // of one verification: an RSA key of 4096 bits costs 1
	maxDepth      = 12  // of a chain
	// maxWork is the cost of all verifications of a view: about 10 seconds. The next view continues.
	maxWork = 100_000
)

// factsOf finds what is known of a certificate at any time, in an earlier entry if there is one.
func factsOf(c inventory.Certificate, earlier *Entry) *facts {
	if earlier != nil {
		return earlier.facts
	}
	return &facts{identity: c.IdentityDigest(), selfSigned: c.SelfSigned(), search: searchText(c)}
}

// findSigners finds the CA that signed each certificate, and counts the leaves below each CA.
func (v *View) findSigners() {
	cas := v.casBySubject()
	v.signs = map[inventory.ID][]*Entry{}
	work := maxWork
	for _, e := range v.known {
		if e.SelfSigned || e.ID.Described() {
			continue
		}
		e.facts = e.facts.signedBy(e.Certificate, cas[e.Issuer], &work)
		for _, id := range e.facts.signers {
			v.signs[id] = append(v.signs[id], e)
		}
		if len(e.facts.signers) > 0 {
			e.Signer = e.facts.signers[0]
		}
	}
	for _, list := range v.signs {
		slices.SortFunc(list, byEnd)
	}
	v.countLeaves()
}

// casBySubject lists the CAs of each name, those that are in use and valid longest first.
func (v *View) casBySubject() map[string][]*Entry {
	cas := map[string][]*Entry{}
	for _, e := range v.byID {
		if e.CA && !e.ID.Described() {
			cas[e.Subject] = append(cas[e.Subject], e)
		}
	}
	for name, list := range cas {
		slices.SortFunc(list, func(a, b *Entry) int {
			return cmp.Or(cmp.Compare(min(1, len(b.InUse())), min(1, len(a.InUse()))), b.NotAfter.Compare(a.NotAfter), cmp.Compare(a.ID, b.ID))
		})
		cas[name] = list[:min(len(list), maxNamesakes)]
	}
	return cas
}

// signedBy returns the facts with the signers among the CAs with the issuer's name. Facts of an
// earlier view are kept if the same CAs were tried, or if no work is left.
func (f *facts) signedBy(c inventory.Certificate, cas []*Entry, work *int) *facts {
	candidates := candidates(c, cas)
	tried := idsOf(candidates)
	if f.tried == tried || *work <= 0 {
		return f
	}
	found := *f
	found.tried, found.signers = tried, nil
	var key cert.KeyDigest
	for _, ca := range candidates {
		same := key != cert.KeyDigest{} && ca.PublicKey == key
		*work -= ca.VerificationCost()
		if same || key == (cert.KeyDigest{}) && c.SignedBy(ca.Certificate.Certificate) == cert.Signed {
			key = ca.PublicKey
			found.signers = append(found.signers, ca.ID)
		}
	}
	return &found
}

// candidates are the CAs that may have signed a certificate. Those whose key identifier it names come
// first.
func candidates(c inventory.Certificate, cas []*Entry) []*Entry {
	var named, others []*Entry
	for _, ca := range cas {
		switch {
		case ca.ID == c.ID, c.RulesOut(ca.Certificate.Certificate), !ca.Signs(), ca.VerificationCost() > maxCost:
		case c.Names(ca.Certificate.Certificate):
			named = append(named, ca)
		default:
			others = append(others, ca)
		}
	}
	list := append(named, others...)
	return list[:min(len(list), maxCandidates)]
}

func idsOf(list []*Entry) string {
	var ids strings.Builder
	for _, e := range list {
		ids.WriteString(string(e.ID))
	}
	return ids.String()
}

// countLeaves counts the leaves in use below each CA.
func (v *View) countLeaves() {
	for _, e := range v.byID {
		if e.CA || len(e.InUse()) == 0 {
			continue
		}
		for ca := range v.above(e) {
			ca.Leaves++
		}
	}
}

// above are all CAs to which a certificate chains.
func (v *View) above(e *Entry) map[*Entry]bool {
	seen := map[*Entry]bool{}
	next := []*Entry{e}
	for depth := 0; len(next) > 0 && depth < maxDepth; depth++ {
		var upper []*Entry
		for _, child := range next {
			for _, id := range child.facts.signers {
				if ca := v.byID[id]; ca != nil && !seen[ca] {
					seen[ca] = true
					upper = append(upper, ca)
				}
			}
		}
		next = upper
	}
	return seen
}

// searchText is what a text search looks in, without the placements.
func searchText(c inventory.Certificate) string {
	fields := append([]string{c.Name(), c.Subject, c.Issuer, c.Serial, string(c.ID)}, c.SANs...)
	return strings.ToLower(strings.Join(fields, "\n"))
}
