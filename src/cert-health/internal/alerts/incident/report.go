package incident

import (
	"cmp"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// maxNamed is how many certificates and instances a notice names.
const maxNamed = 20

// replacedGrace is how long the report of a VM counts after another VM took its place. An agent
// sends its first alert two minutes after its start.
const replacedGrace = 15 * time.Minute

// report is the latest alert of one agent.
type report struct {
	instance string
	at       time.Time
	seen     time.Time // when the Health Monitor last had the VM, to an hour
	silent   bool      // the agent has sent no reminder; its certificates count as they were
	replaced time.Time // when another VM took the place of this one; zero: none did
	items    []reported
	total    int // more than the items, if the alert could not name all
}

// reported is one certificate in a report.
type reported struct {
	Fingerprint string `json:"fingerprint"`
	Next        uint64 `json:"next"` // the digest of the next step that this agent named
}

// end is when a report is forgotten: some time after the VM was seen for the last time.
func (s report) end(policy Policy) time.Time {
	end := s.seen.Add(policy.ForgetAfter)
	if replaced := s.replaced.Add(replacedGrace); !s.replaced.IsZero() && replaced.Before(end) {
		return replaced
	}
	return end
}

// grows tells whether the report is about more certificates than the one before, or about
// another number of certificates that it does not name.
func (s report) grows(before report) bool {
	unnamed := s.total > len(s.items) || before.total > len(before.items)
	return s.total > before.total || unnamed && s.total != before.total
}

// changed tells whether the report named another next step for a certificate.
func (s report) changed(r reported) bool {
	return slices.ContainsFunc(s.items, func(before reported) bool { return before.Fingerprint == r.Fingerprint && before.Next != r.Next })
}

// digest identifies a next step, so that a change is found without keeping the text.
func digest(next string) uint64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(next)) // it never fails
	return hash.Sum64()
}

// put stores the report of an agent.
func (i *incident) put(agent string, s report) {
	i.instances[agent] = s
	i.agents[s.instance] = agent
}

// drop removes the report of an agent, and returns whether there was one.
func (i *incident) drop(agent string) bool {
	s, known := i.instances[agent]
	if !known {
		return false
	}
	for _, r := range s.items {
		counted := i.certificates[r.Fingerprint]
		if counted.Instances--; counted.Instances == 0 {
			delete(i.certificates, r.Fingerprint)
			delete(i.fresh, r.Fingerprint)
		}
	}
	delete(i.instances, agent)
	if i.agents[s.instance] == agent {
		delete(i.agents, s.instance)
	}
	return true
}

// add counts the certificates of one more report of an agent. A certificate is news, and so is a
// next step that differs from the one in the report before.
func (i *incident) add(items []alert.Item, before report, limits Limits) []reported {
	var added []reported
	for _, item := range items {
		if slices.ContainsFunc(added, func(r reported) bool { return r.Fingerprint == item.Fingerprint }) {
			continue
		}
		counted, known := i.certificates[item.Fingerprint]
		if !known && len(i.certificates) >= limits.Certificates {
			i.leftOut.Certificates++
			continue
		}
		if !known {
			counted, i.news = &notify.Certificate{Fingerprint: item.Fingerprint}, true
			i.certificates[item.Fingerprint], i.fresh[item.Fingerprint] = counted, true
		}
		r := reported{item.Fingerprint, digest(item.Next)}
		i.news = i.news || before.changed(r)
		// The latest message wins: it contains relative times.
		counted.Name, counted.Place, counted.Message, counted.Next = item.Name, item.Place, item.Message, item.Next
		counted.Instances++
		added = append(added, r)
	}
	return added
}

// replace notes that the VM of an instance is the one of this agent, and returns whether that is
// new. The report of an earlier VM counts a little longer.
func (i *incident) replace(instance, agent string, now time.Time) bool {
	before, known := i.agents[instance]
	s := i.instances[before]
	if !known || (before == agent) == s.replaced.IsZero() {
		return false
	}
	s.replaced = now
	if before == agent {
		s.replaced = time.Time{} // while a VM is made again, both may send heartbeats
	}
	i.instances[before] = s
	return true
}

// items returns the certificates of a report, as an alert contains them.
func (i *incident) items(s report) []alert.Item {
	var items []alert.Item
	for _, r := range s.items {
		c := i.certificates[r.Fingerprint]
		items = append(items, alert.Item{Name: c.Name, Fingerprint: r.Fingerprint, Place: c.Place, Message: c.Message, Next: c.Next})
	}
	return items
}

// names returns the instances that a notice names.
func (i *incident) names() []string {
	all := slices.Sorted(maps.Keys(i.agents))
	return append([]string{}, all[:min(len(all), maxNamed)]...)
}

// named returns the certificates that a notice names: the new ones first, then the most
// widespread.
func (i *incident) named() []notify.Certificate {
	list := make([]notify.Certificate, 0, len(i.certificates))
	for _, c := range i.certificates {
		list = append(list, *c)
	}
	old := func(c notify.Certificate) int {
		if i.fresh[c.Fingerprint] {
			return 0
		}
		return 1
	}
	slices.SortFunc(list, func(a, b notify.Certificate) int {
		return cmp.Or(cmp.Compare(old(a), old(b)), cmp.Compare(b.Instances, a.Instances), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return slices.Clone(list[:min(len(list), maxNamed)])
}
