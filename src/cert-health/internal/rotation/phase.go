package rotation

import (
	"slices"
	"strings"
)

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
		return "let " + m.young() + " sign"
	case Renew:
		return "renew what " + m.old() + " signed"
	}
	return "hand out " + m.young() + " alone"
}
