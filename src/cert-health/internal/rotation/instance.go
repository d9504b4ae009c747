package rotation

import (
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// machine has what is asked about each instance.
type machine struct {
	Input
	stays *survey.Certificate   // the CA that stays
	goes  []*survey.Certificate // the CAs that go
	// signers are the CAs that are known to have signed a leaf of the store, by the leaf.
	signers map[*survey.Certificate]*survey.Certificate
}

// view is what is known of one instance.
type view struct {
	*survey.Instance
	accepted bool
	trusts   bool     // one of the CAs
	leaves   bool     // it has or shows a leaf of one of them
	lacks    []string // files that trust an old CA and not the new one
	shows    []string // where it has or shows a leaf of an old CA
	holds    []string // files that trust an old CA
	hasNew   bool     // it trusts the new CA somewhere
	newLeaf  bool     // it has or shows a leaf of the new CA
	hasOld   map[*survey.Certificate]bool
	ended    bool // all old CAs that it trusts without the new one have ended: it has nothing to lose
}

// equal tells whether trust in one CA is trust in another: it has the same name and key.
func equal(a, b *survey.Certificate) bool {
	return a == b || a.Subject == b.Subject && a.SameKey(b)
}

// isNew tells whether a file that trusts c trusts what the staying CA signs.
func (m *machine) isNew(c *survey.Certificate) bool {
	return c == m.stays || equal(c, m.stays) && c.Usable(m.Survey.At)
}

// isOld tells whether c is one of the CAs that go.
func (m *machine) isOld(c *survey.Certificate) bool {
	return c != m.stays && slices.Contains(m.goes, c)
}

// signer is the CA of a leaf: the staying one, one of those that go, or nil. If names and key identifiers leave
// it open, it is one that goes: that one is then kept for longer.
func (m *machine) signer(leaf *survey.Certificate) *survey.Certificate {
	if by := m.signers[leaf]; by != nil {
		if equal(by, m.stays) {
			return m.stays
		}
		return by
	}
	certain := func(ca *survey.Certificate) bool {
		return leaf.SignedBy(ca) && leaf.AuthorityID != "" && leaf.AuthorityID == ca.KeyID
	}
	if certain(m.stays) {
		return m.stays
	}
	for _, ca := range m.goes {
		if leaf != ca && leaf.SignedBy(ca) {
			return ca
		}
	}
	if leaf.SignedBy(m.stays) {
		return m.stays
	}
	return nil
}

// needed tells whether a leaf of a CA needs that CA: it is one that goes, and has not ended.
func (m *machine) needed(ca *survey.Certificate) bool {
	return ca != nil && !equal(ca, m.stays) && m.isOld(ca) && m.Survey.At.Before(ca.NotAfter)
}

// files are the places of one file that trust one of the CAs.
type files struct {
	name     string
	old, new int
	lasting  bool // an old CA that has not ended is among them
}

func (m *machine) view(i *survey.Instance) *view {
	v := &view{Instance: i, hasOld: map[*survey.Certificate]bool{}}
	v.accepted = slices.Contains(m.Accepted, i.Key()) || slices.Contains(m.Accepted, i.Name)
	m.trust(v)
	m.identities(v)
	m.processes(v)
	slices.Sort(v.shows)
	v.shows = slices.Compact(v.shows)
	return v
}

// home is where a place's certificates are trusted together: its file. The trust store of a VM has one CA in each file.
func home(p *survey.Place) string {
	if p.Class == cert.TrustFile {
		return "the trust store of the VM"
	}
	return p.File
}

// trust looks at the files that trust one of the CAs. A file may hold several bundles, so that each old CA in
// it needs a new one beside it.
func (m *machine) trust(v *view) {
	byFile := map[string]*files{}
	var order []*files
	for n := range v.Places {
		p := &v.Places[n]
		if !p.Trusts() || !m.isNew(p.Certificate) && !m.isOld(p.Certificate) {
			continue
		}
		at := home(p)
		f := byFile[at]
		if f == nil {
			f = &files{name: at}
			byFile[at] = f
			order = append(order, f)
		}
		if m.isNew(p.Certificate) {
			f.new++
			v.hasNew = true
		}
		if m.isOld(p.Certificate) {
			v.hasOld[p.Certificate] = true
			if !m.isNew(p.Certificate) {
				f.old++
				f.lasting = f.lasting || m.Survey.At.Before(p.Certificate.NotAfter)
			}
			v.holds = append(v.holds, at)
		}
	}
	v.trusts = len(order) > 0
	v.holds = slices.Compact(v.holds)
	v.ended = true
	for _, f := range order {
		if f.old > f.new {
			v.lacks = append(v.lacks, f.name)
			v.ended = v.ended && !f.lasting
		}
	}
}

// unknown tells whether it is not known what the instance has: its agent has never reported.
func (v *view) unknown() bool { return v.At.IsZero() }
