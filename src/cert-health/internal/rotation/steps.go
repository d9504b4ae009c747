package rotation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

// steps are all steps, each judged by itself.
func (m *machine) steps(views []*view) []Step {
	list := []Step{
		m.add(views),
		m.onVMs(Distribute, "VMs that trust "+m.old()+" trust "+m.young(), views, m.lacking),
		{Name: Switch, Title: m.young() + " signs", Unit: "CA", Total: 1, Finished: m.Store.Signs != nil && equal(m.Store.Signs, m.stays)},
		m.renew(),
		m.onVMs(Show, "no VM has or shows leaves of "+m.old(), views, m.showing),
		{Name: Drop, Title: "the store hands out " + m.young() + " alone", Unit: "CA", Total: 1, Finished: !slices.ContainsFunc(m.Store.Bundle, m.isOld)},
		m.onVMs(Clear, "no VM trusts "+m.old(), views, m.holding),
	}
	for i := range list {
		s := &list[i]
		if s.Unit == "CA" && s.Finished {
			s.Done = s.Total
		}
		if s.Blockers == nil {
			s.Blockers = []Blocker{}
		}
	}
	return list
}

// add is finished if the store hands out the new CA, and each old one that a leaf still needs.
func (m *machine) add(views []*view) Step {
	s := Step{Name: Add, Title: "the store hands out both CAs", Unit: "CA"}
	for _, ca := range append([]*survey.Certificate{m.stays}, m.goes...) {
		given := slices.ContainsFunc(m.Store.Bundle, func(c *survey.Certificate) bool { return equal(c, ca) })
		if ca != m.stays && !given && !m.inUse(ca, views) {
			continue
		}
		s.Total++
		if given {
			s.Done++
		}
	}
	s.Finished = s.Done == s.Total
	return s
}

// inUse tells whether a leaf of the store or of a VM needs a CA that goes.
func (m *machine) inUse(ca *survey.Certificate, views []*view) bool {
	if !m.needed(ca) {
		return false
	}
	for _, l := range m.Store.Leaves {
		if m.signer(l.Certificate) == ca {
			return true
		}
	}
	return slices.ContainsFunc(views, func(v *view) bool {
		if v.accepted {
			return false
		}
		return slices.ContainsFunc(v.Places, func(p survey.Place) bool { return !p.Trusts() && m.signer(p.Certificate) == ca }) ||
			slices.ContainsFunc(v.Shown, func(s survey.Shown) bool { return m.signer(s.Certificate) == ca })
	})
}

func (m *machine) renew() Step {
	s := Step{Name: Renew, Title: "the store holds leaves of " + m.young() + " alone", Unit: "leaf"}
	for _, l := range m.Store.Leaves {
		s.Total++
		if m.signer(l.Certificate) == m.stays {
			s.Done++
			continue
		}
		s.Blockers = append(s.Blockers, Blocker{Name: l.Path, Why: cmp.Or(l.Why, m.old()+" signed it"), Reach: l.Why == ""})
	}
	s.Finished = s.Done == s.Total
	return s
}

// onVMs makes a step of what an instance has not done yet: judge returns why; concerned is false for an instance
// that has nothing to do with it.
func (m *machine) onVMs(name StepName, title string, views []*view, judge func(*view) (why string, concerned bool)) Step {
	s := Step{Name: name, Title: title, OnVMs: true, Unit: "VM"}
	for _, v := range views {
		why, concerned := judge(v)
		if !concerned {
			continue
		}
		s.Total++
		b := Blocker{Instance: v.Key(), Deployment: v.Deployment, Name: v.Name, Standing: v.Standing, Why: why, Reach: v.Seen(), Accepted: v.accepted}
		switch {
		case v.unknown():
			b.Why, b.Reach = "its agent has never reported: what it trusts is not known", false
		case !v.Seen() && why == "":
			b.Why = "it is " + v.Standing + ": what it has now is not certain"
		case !v.Seen():
			b.Why = "it is " + v.Standing + ", and " + why
		case why == "":
			s.Done++
			continue
		case name == Distribute && v.ended:
			b.Why, b.Accepted = why+"; that CA has ended, so that it loses nothing", true
		}
		if b.Accepted {
			s.Accepted++
		}
		s.Blockers = append(s.Blockers, b)
	}
	if len(views) == 0 && len(m.goes) > 0 {
		s.unseen(m.WithoutVMs)
	}
	s.Finished = s.Done+s.Accepted == s.Total
	return s
}

// unseen is the one blocker if no VM is seen at all.
func (s *Step) unseen(accepted bool) {
	s.Total = 1
	if accepted {
		s.Accepted = 1
	}
	s.Blockers = append(s.Blockers, Blocker{Name: "every VM", Why: "no report of a VM is known: log in to a hub, name reports with --report, or say with --without-vms that no VM uses this CA", Accepted: accepted})
}

func (m *machine) lacking(v *view) (string, bool) {
	if len(v.lacks) == 0 {
		return "", v.trusts || v.unknown()
	}
	return someOf(v.lacks) + " without " + m.young(), true
}

func (m *machine) showing(v *view) (string, bool) {
	if len(v.shows) == 0 {
		return "", v.leaves || v.unknown()
	}
	return m.old() + " signed what it has in " + someOf(v.shows), true
}

func (m *machine) holding(v *view) (string, bool) {
	if len(v.holds) == 0 {
		return "", v.trusts && v.Seen() || v.unknown()
	}
	return m.old() + " is in " + someOf(v.holds), true
}

// maxNamed is how many files one sentence names.
const maxNamed = 2

func someOf(names []string) string {
	if more := len(names) - maxNamed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:maxNamed], ", "), more)
	}
	return strings.Join(names, " and ")
}
