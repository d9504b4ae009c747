package trust

import (
	"cmp"
	"hash/maphash"
	"net/netip"
	"slices"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// profile are all instances whose jobs have the same certificates in the same files, and show the same ones.
// A fleet has few of them, so that edges are compared with profiles and not with instances.
type profile struct {
	places []survey.Place // of files of jobs
	shown  []survey.Shown
	behind map[string]bool // jobs with a process that runs with certificates from before its files changed
	cohort []cohort
}

// cohort are the instances of a profile in one group.
type cohort struct {
	deployment, group string
	instances         int
	notSeen           int
	examples          []string
}

// maxExamples is how many instances of a generation are named.
const maxExamples = 5

// profiles sorts the instances of a survey.
func profiles(s *survey.Survey) []*profile {
	var all []*profile
	seed, buckets := maphash.MakeSeed(), map[uint64][]*profile{}
	for _, i := range s.Instances {
		places, sum := relevant(i, seed)
		var own *profile
		for _, p := range buckets[sum] {
			if p.same(places, i.Shown) {
				own = p
				break
			}
		}
		if own == nil {
			own = &profile{places: slices.Clone(places), shown: i.Shown, behind: behind(places, i.Shown)}
			buckets[sum] = append(buckets[sum], own)
			all = append(all, own)
		}
		own.add(i)
	}
	return all
}

func inJob(p *survey.Place) bool { return p.Job != "" && p.Class == cert.JobFile }

// relevant are the places in files of jobs, and a sum of them and of what is shown.
func relevant(i *survey.Instance, seed maphash.Seed) ([]survey.Place, uint64) {
	var h maphash.Hash
	h.SetSeed(seed)
	word := func(text string) { // the errors of a hash are always nil
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	outside := false
	for n := range i.Places {
		p := &i.Places[n]
		if !inJob(p) {
			outside = true
			continue
		}
		word(p.File)
		word(p.Certificate.Fingerprint)
	}
	for n := range i.Shown {
		word(i.Shown[n].Job)
		word(i.Shown[n].Certificate.Fingerprint)
	}
	if !outside {
		return i.Places, h.Sum64()
	}
	places := make([]survey.Place, 0, len(i.Places))
	for n := range i.Places {
		if inJob(&i.Places[n]) {
			places = append(places, i.Places[n])
		}
	}
	return places, h.Sum64()
}

func (p *profile) same(places []survey.Place, shown []survey.Shown) bool {
	return slices.EqualFunc(p.places, places, func(a, b survey.Place) bool {
		return a.Certificate == b.Certificate && a.Line == b.Line && a.Role == b.Role && a.Sent == b.Sent && a.File == b.File && a.Job == b.Job
	}) && slices.EqualFunc(p.shown, shown, func(a, b survey.Shown) bool {
		return a.Certificate == b.Certificate && a.Job == b.Job && a.Loaded == b.Loaded && portOf(a.Address) == portOf(b.Address)
	})
}

func (p *profile) add(i *survey.Instance) {
	at := slices.IndexFunc(p.cohort, func(c cohort) bool { return c.deployment == i.Deployment && c.group == i.Group })
	if at < 0 {
		at = len(p.cohort)
		p.cohort = append(p.cohort, cohort{deployment: i.Deployment, group: i.Group})
	}
	c := &p.cohort[at]
	c.instances++
	if !i.Seen() {
		c.notSeen++
	}
	if len(c.examples) < maxExamples {
		c.examples = append(c.examples, cmp.Or(i.Name, i.Key()))
	}
}

// portOf is the port of an address as bound; 0 if it has none.
func portOf(address string) uint16 {
	parsed, err := netip.ParseAddrPort(address)
	if err != nil {
		return 0
	}
	return parsed.Port()
}

// behind are the jobs with a process that shows a certificate which no file of the job holds, although a file
// holds another one with the same name.
func behind(places []survey.Place, shown []survey.Shown) map[string]bool {
	var jobs map[string]bool
	for n := range shown {
		s := &shown[n]
		if s.Loaded || s.Job == "" || jobs[s.Job] {
			continue
		}
		held, renewed := false, false
		for i := range places {
			p := &places[i]
			if p.Job == s.Job {
				held = held || p.Certificate == s.Certificate
				renewed = renewed || p.Role == cert.Leaf && p.Certificate.Name == s.Certificate.Name
			}
		}
		if !held && renewed {
			if jobs == nil {
				jobs = map[string]bool{}
			}
			jobs[s.Job] = true
		}
	}
	return jobs
}
