package rotation

import (
	"slices"

	"cert-health/internal/survey"
)

// Of reads the state of a rotation.
func Of(in Input) State {
	m := newMachine(in)
	var views []*view
	for _, i := range in.Survey.Instances {
		views = append(views, m.view(i))
	}
	s := State{CA: in.Store.CA, Store: in.Store.Product, At: in.Survey.At, Back: m.Back, Steps: m.steps(views),
		Faults: slices.Clone(in.Store.Faults), Blind: slices.Concat(in.Store.Blind, in.Survey.Blind)}
	s.New = m.authority(m.stays, views)
	s.Old = []Authority{}
	for _, ca := range m.goes {
		if a := m.authority(ca, views); a.Given || a.Signs || a.Needed || a.Trusted > 0 {
			s.Old = append(s.Old, a)
		}
	}
	s.Broken = m.broken(views)
	m.warn(&s)
	m.phase(&s)
	m.faults(&s, views)
	s.Phase = s.Within
	if len(s.Faults) > 0 && s.Current != "" || stuck(&s) {
		s.Phase = Blocked
	}
	m.next(&s)
	return s
}

func newMachine(in Input) *machine {
	m := &machine{Input: in, stays: in.Store.New, goes: in.Store.Old, signers: map[*survey.Certificate]*survey.Certificate{}}
	if m.Back = false; in.Back {
		if to := in.Returns(); to != nil {
			m.Back, m.stays, m.goes = true, to, []*survey.Certificate{in.Store.New}
			m.goes = append(m.goes, slices.DeleteFunc(slices.Clone(in.Store.Old), func(c *survey.Certificate) bool { return c == to })...)
		}
	}
	for _, l := range in.Store.Leaves {
		if l.SignedBy != nil {
			m.signers[l.Certificate] = l.SignedBy
		}
	}
	return m
}

// Returns is the CA to which an abort goes back; nil if there is none.
func (in *Input) Returns() *survey.Certificate {
	for _, c := range in.Store.Old {
		if slices.Contains(in.Store.Bundle, c) || slices.Contains(in.Store.Kept, c) && trusted(in.Survey, c) {
			return c
		}
	}
	return nil
}

// trusted tells whether a VM trusts a CA.
func trusted(s *survey.Survey, c *survey.Certificate) bool {
	return slices.ContainsFunc(s.Instances, func(i *survey.Instance) bool {
		return slices.ContainsFunc(i.Places, func(p survey.Place) bool { return p.Certificate == c && p.Trusts() })
	})
}

func (m *machine) authority(ca *survey.Certificate, views []*view) Authority {
	a := Authority{Fingerprint: ca.Fingerprint, Name: ca.Name, NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		Signs: ca == m.Store.Signs, Given: slices.Contains(m.Store.Bundle, ca), Needed: m.inUse(ca, views)}
	for _, v := range views {
		if ca == m.stays && v.hasNew || v.hasOld[ca] {
			a.Trusted++
		}
	}
	return a
}
