package incident

import (
	"cmp"
	"slices"
	"time"

	"cert-health/internal/notify"
)

// seenInterval is the precision of the time at which a VM was last seen.
const seenInterval = time.Hour

// seen notes that the Health Monitor has the VM of an agent, and returns whether that is worth
// remembering.
func (i *incident) seen(agent string, now time.Time) bool {
	s, known := i.instances[agent]
	if !known || now.Sub(s.seen) < seenInterval {
		return false
	}
	s.seen = now
	i.instances[agent] = s
	return true
}

// age notes which agents have become silent, and forgets the reports that have reached their end.
// An agent that is silent on a VM which the Health Monitor still has is not forgotten: nothing is
// known to be well again. listening is how long the plugin has listened: before the first
// heartbeats no VM is forgotten.
func (i *incident) age(now time.Time, listening time.Duration, policy Policy) (changed bool) {
	for agent, s := range i.instances {
		switch {
		case now.After(s.end(policy)) && (listening >= seenInterval || !s.replaced.IsZero()):
			i.drop(agent)
			i.forgotten++
			changed = true
		case !s.silent && now.After(s.at.Add(policy.ForgetAfter)):
			s.silent = true
			i.instances[agent] = s
			i.news, changed = true, true
		}
	}
	return changed
}

// silent returns the silent agents that a notice names, the one that was heard first in front, and
// the number of all.
func (i *incident) silent() (list []notify.Silent, count int) {
	list = []notify.Silent{}
	for _, s := range i.instances {
		if s.silent {
			list = append(list, notify.Silent{Instance: s.instance, LastHeard: s.at.UTC()})
		}
	}
	slices.SortFunc(list, func(a, b notify.Silent) int {
		return cmp.Or(a.LastHeard.Compare(b.LastHeard), cmp.Compare(a.Instance, b.Instance))
	})
	return slices.Clone(list[:min(len(list), maxNamed)]), len(list)
}
