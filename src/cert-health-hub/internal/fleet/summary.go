package fleet

import (
	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// summarize counts everything, and finds the worst trouble.
func (v *View) summarize() Summary {
	s := Summary{Standings: map[inventory.Standing]int{}, States: map[State]int{}, Known: v.known}
	for _, d := range v.deployments {
		for standing, n := range d.Standings {
			s.Standings[standing] += n
		}
		s.Instances += d.Instances
		s.Certificates += len(d.Rows)
		for _, row := range d.Rows {
			s.States[row.State]++
		}
		own := d.troubles(v.now)
		sortTroubles(own)
		if len(own) > 0 {
			d.Worst, d.Severity = own[0], own[0].Severity
		}
		s.Troubles = append(s.Troubles, own...)
	}
	sortTroubles(s.Troubles)
	if len(s.Troubles) > 0 {
		worst := s.Troubles[0]
		s.Sentence, s.Why, s.Next, s.Severity = worst.Sentence, worst.Why, worst.Next, worst.Severity
		return s
	}
	s.Sentence, s.Why, s.Next = v.allWell(s)
	return s
}

// allWell are the words for a fleet without trouble.
func (v *View) allWell(s Summary) (sentence, why string, next []verdict.Step) {
	switch {
	case s.Instances == 0 && !v.known:
		return "no instance has reported yet", "agents report when cert_health.hub.url is set", []verdict.Step{verdict.Do("set cert_health.hub.url in the runtime config of the agents, and deploy")}
	case s.Instances == 0:
		return "the Director lists no instances", "", nil
	case s.Standings[inventory.Reports] == 0:
		return "no instance reports now", "all are stopped or ignored", nil
	}
	sentence = "nothing is wrong with " + count(s.Certificates, "certificate") + " on " + count(s.Standings[inventory.Reports], "instance")
	if n := s.Instances - s.Standings[inventory.Reports]; n > 0 {
		sentence += "; " + count(n, "instance") + " not seen"
	}
	return sentence, "", nil
}
