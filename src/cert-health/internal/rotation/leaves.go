package rotation

import (
	"cmp"
	"fmt"
	"slices"

	"cert-health/internal/survey"
)

// identities looks at the leaves in files.
func (m *machine) identities(v *view) {
	for _, p := range v.Places {
		if c := p.Certificate; p.Trusts() && c.SelfIssued() || m.isNew(c) || m.isOld(c) {
			continue // an intermediate CA that is trusted needs the CA that signed it, too
		}
		switch ca := m.signer(p.Certificate); {
		case ca == nil:
		case ca == m.stays:
			v.leaves, v.newLeaf = true, true
		default:
			v.leaves = true
			if m.needed(ca) {
				v.shows = append(v.shows, p.File)
			}
		}
	}
}

// processes looks at what is served. A certificate that is in no file is one that the process loaded before
// its files were replaced, so that it may be of any CA.
func (m *machine) processes(v *view) {
	for _, s := range v.Shown {
		known := s.Certificate.Subject != ""
		ca := m.signer(s.Certificate)
		switch {
		case known && ca == nil:
			continue
		case known && ca == m.stays:
			v.leaves, v.newLeaf = true, true
			continue
		case known && !m.needed(ca):
			v.leaves = true
			continue
		case !known && (s.Loaded || !m.ofCA(v, s.Job)):
			continue
		}
		v.leaves = true
		v.shows = append(v.shows, fmt.Sprintf("%s at %s", cmp.Or(s.Process, s.Job), s.Address))
	}
}

// ofCA tells whether a job has a leaf of one of the CAs in its files.
func (m *machine) ofCA(v *view, job string) bool {
	return slices.ContainsFunc(v.Places, func(p survey.Place) bool {
		return p.Job == job && !p.Trusts() && m.signer(p.Certificate) != nil
	})
}
