package rotation

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

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
		s.Warnings = append(s.Warnings, m.old()+" without "+m.young()+" is in "+strings.Join(lacking, ", ")+": jobs that get it from there trust "+m.young()+" only after it is added there, too")
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
		s.Faults = append(s.Faults, fmt.Sprintf("the store holds certificates that %s signed, and %s not certain to trust it: a deploy would break connections; %s, or accept these VMs", m.young(), verb(early, "is", "are"), other))
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
		list = append(list, fmt.Sprintf("%s not trust %s, and %s certificates that it signed: they refuse each other", verb(lacking, "does", "do"), m.young(), have(newLeaves)))
	}
	for _, ca := range m.goes {
		without := named(views, func(v *view) bool { return v.Seen() && v.hasNew && !v.hasOld[ca] })
		if oldLeaves[ca] > 0 && len(without) > 0 && !equal(ca, m.stays) {
			list = append(list, fmt.Sprintf("%s no longer trust %s, and certificates that it signed are still there", verb(without, "does", "do"), m.old()))
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

// young and old name the CA that stays and those that go. Going back, the old one stays.
func (m *machine) young() string {
	if m.Back {
		return "the old CA"
	}
	return "the new CA"
}

func (m *machine) old() string {
	if m.Back {
		return "the new CA"
	}
	return "the old CA"
}
