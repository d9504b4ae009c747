package rotation

import (
	"fmt"
	"slices"
	"strings"

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

// maxCopies is how many copies are named.
const maxCopies = 5

// warn names the copies of an old CA in the store that the new one is not beside.
func (m *machine) warn(s *State) {
	var lacking []string
	for _, c := range m.Store.Copies {
		if !slices.ContainsFunc(c.Certificates, m.isNew) && slices.ContainsFunc(c.Certificates, m.isOld) {
			lacking = append(lacking, c.Path)
		}
	}
	if more := len(lacking) - maxCopies; more > 0 {
		lacking = append(lacking[:maxCopies], fmt.Sprintf("%d more", more))
	}
	if len(lacking) > 0 {
		s.Warnings = append(s.Warnings, "the old CA without the new one is in "+strings.Join(lacking, ", ")+": jobs that get it from there trust the new one only after it is added there, too")
	}
}

// early names VMs that may not trust the new CA while the store holds leaves of it: a deploy would bring these leaves to
// some VMs before others trust them. While a deploy is the current step, a VM that has lost its agent since it
// trusted the new CA does not count.
func (m *machine) early(s *State, views []*view) (names []string) {
	renewed := slices.ContainsFunc(m.Store.Leaves, func(l Leaf) bool {
		return m.signer(l.Certificate) == m.stays && !slices.ContainsFunc(m.goes, func(ca *survey.Certificate) bool { return equal(ca, m.stays) })
	})
	switch {
	case !renewed:
	case s.Current == Add:
		step := s.step(Distribute)
		names = namesOf(slices.DeleteFunc(slices.Clone(step.Blockers), func(b Blocker) bool { return b.Accepted }))
	case s.Current == Distribute:
		names = named(views, func(v *view) bool { return !v.accepted && len(v.lacks) > 0 && !v.ended })
	}
	return names
}

// faults adds what must be mended before anything else.
func (m *machine) faults(s *State, views []*view) {
	if early := m.early(s, views); len(m.goes) > 0 && len(early) > 0 {
		other := "go back with cert-health rotate abort " + s.CA
		if m.Back {
			other = "go on with cert-health rotate next " + s.CA
		}
		s.Faults = append(s.Faults, fmt.Sprintf("the store holds certificates that the new CA signed, and %s not certain to trust it: a deploy would break connections; %s, or accept these VMs", verb(early, "is", "are"), other))
	}
	switch at := m.Survey.At; {
	case !at.Before(m.stays.NotAfter):
		s.Faults = append(s.Faults, fmt.Sprintf("the CA that is to stay ended at %s: abort the rotation, and begin another one", day(m.stays)))
	case len(m.goes) > 0 && at.Before(m.stays.NotBefore):
		s.Faults = append(s.Faults, fmt.Sprintf("the CA that is to stay is not valid before %s: wait until then", m.stays.NotBefore.UTC().Format("2006-01-02 15:04 UTC")))
	}
}

func day(c *survey.Certificate) string { return c.NotAfter.UTC().Format("2006-01-02 15:04 UTC") }

// broken says where trust is lost already: a leaf that is there, and its CA is not trusted.
func (m *machine) broken(views []*view) (list []string) {
	newLeaves, oldLeaves := 0, map[*survey.Certificate]int{}
	for _, v := range views {
		if v.newLeaf {
			newLeaves++
		}
		for _, p := range v.Places {
			if ca := m.signer(p.Certificate); !p.Trusts() && m.needed(ca) {
				oldLeaves[ca]++
			}
		}
	}
	lacking := named(views, func(v *view) bool { return v.Seen() && len(v.lacks) > 0 && !v.ended })
	if newLeaves > 0 && len(lacking) > 0 {
		list = append(list, fmt.Sprintf("%s not trust the new CA, and %s certificates that it signed: they refuse each other", verb(lacking, "does", "do"), have(newLeaves)))
	}
	for _, ca := range m.goes {
		without := named(views, func(v *view) bool { return v.Seen() && v.hasNew && !v.hasOld[ca] })
		if oldLeaves[ca] > 0 && len(without) > 0 && !equal(ca, m.stays) {
			list = append(list, fmt.Sprintf("%s no longer trust the old CA, and certificates that it signed are still there", verb(without, "does", "do")))
		}
	}
	return list
}

func named(views []*view, which func(*view) bool) (names []string) {
	for _, v := range views {
		if which(v) {
			names = append(names, v.Name)
		}
	}
	return names
}

func verb(names []string, one, many string) string {
	if len(names) == 1 {
		return names[0] + " " + one
	}
	return someOf(names) + " " + many
}

func have(count int) string {
	if count == 1 {
		return "1 VM has"
	}
	return fmt.Sprintf("%d VMs have", count)
}

// phase finds the first step that is not finished.
func (m *machine) phase(s *State) {
	for _, step := range s.Steps {
		if !step.Finished && (step.OnVMs || m.Store.Product != "") {
			s.Current = step.Name
			break
		}
	}
	if len(m.goes) == 0 {
		s.Current = ""
	}
	s.Within = m.within(s)
}

// within is the phase of the first step that is not finished. What is done already in the store counts, even if a
// VM has come since then that does not fit.
func (m *machine) within(s *State) Phase {
	switch s.Current {
	case "":
		return Normal
	case Add, Distribute:
		switch {
		case !s.step(Switch).Finished:
			return Distributing
		case s.Current == Distribute && s.step(Drop).Finished:
			return Retiring
		}
		return Renewing
	case Switch:
		return Ready
	case Renew, Show:
		return Renewing
	}
	return Retiring
}

// stuck tells whether only what no deploy and no step reaches holds the current step back.
func stuck(s *State) bool {
	step := s.step(s.Current)
	open := slices.DeleteFunc(slices.Clone(step.Blockers), func(b Blocker) bool { return b.Accepted })
	return len(open) > 0 && !slices.ContainsFunc(open, func(b Blocker) bool { return b.Reach })
}

// Needs tells whether a certificate in the store or on a VM needs an old CA.
func (s *State) Needs(fingerprint string) bool {
	return slices.ContainsFunc(s.Old, func(a Authority) bool { return a.Fingerprint == fingerprint && a.Needed })
}

// Step is the step of a name.
func (s *State) Step(name StepName) Step { return s.step(name) }

func (s *State) step(name StepName) Step {
	for _, step := range s.Steps {
		if step.Name == name {
			return step
		}
	}
	return Step{}
}

// Waiting are the blockers of the current step that are not accepted.
func (s *State) Waiting() []Blocker {
	return slices.DeleteFunc(slices.Clone(s.step(s.Current).Blockers), func(b Blocker) bool { return b.Accepted })
}

// next says what to do now.
func (m *machine) next(s *State) {
	step := s.step(s.Current)
	waiting := s.Waiting()
	for _, b := range waiting {
		if b.Reach && b.Deployment != "" && !slices.Contains(s.Deploy, b.Deployment) {
			s.Deploy = append(s.Deploy, b.Deployment)
		}
	}
	slices.Sort(s.Deploy)
	switch {
	case len(s.Faults) > 0:
		s.Next = "mend first: " + strings.Join(s.Faults, "; ")
	case s.Current == "" && m.Store.Product == "":
		s.Next = "nothing: no VM trusts an old CA or has a leaf of it, as far as the reports tell"
	case s.Current == "":
		s.Begin, s.Next = true, "nothing; the next step would begin a new rotation"
	case !step.OnVMs && stuck(s):
		s.Next = "renew by hand, and remove what is not needed: " + verb(namesOf(waiting), "is", "are") + " not renewed by this command"
	case !step.OnVMs && m.Store.Product != "":
		s.Offered, s.Next = true, "take the next step: "+m.does(s.Current)
	case stuck(s):
		s.Next = "bring back or accept what no deploy reaches: " + verb(namesOf(waiting), "holds", "hold") + " the step back"
	case len(s.Deploy) > 0:
		s.Next = "deploy " + strings.Join(s.Deploy, ", ")
	default:
		s.Next = "deploy what has the VMs named here"
	}
}

func namesOf(blockers []Blocker) (names []string) {
	for _, b := range blockers {
		names = append(names, b.Name)
	}
	return names
}

// does says what a step of the store does.
func (m *machine) does(step StepName) string {
	switch step {
	case Add:
		return "hand out the old and the new CA together"
	case Switch:
		return "let the new CA sign"
	case Renew:
		return "renew the leaves that the old CA signed"
	}
	return "hand out the new CA alone"
}
