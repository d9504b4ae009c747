package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
)

// holder is where a certificate is deployed.
type holder struct {
	jobs   map[string]bool
	groups []Group
	leaf   bool // at one place it is a leaf
}

// hold counts the certificates of a profile.
func (v *View) hold(p *profile) {
	mine := map[*survey.Certificate]bool{}
	for n := range p.places {
		place := &p.places[n]
		if place.Sent {
			continue
		}
		h := v.holders[place.Certificate]
		if h == nil {
			h = &holder{jobs: map[string]bool{}}
			v.holders[place.Certificate] = h
		}
		h.jobs[place.Job] = true
		h.leaf = h.leaf || place.Role == cert.Leaf
		mine[place.Certificate] = true
	}
	for c := range mine {
		h := v.holders[c]
		for i := range p.cohort {
			h.groups = counted(h.groups, p.cohort[i].deployment, p.cohort[i].group, p.cohort[i].instances)
		}
	}
}

// counted adds instances of a group.
func counted(groups []Group, deployment, name string, instances int) []Group {
	for i := range groups {
		if groups[i].Deployment == deployment && groups[i].Name == name {
			groups[i].Instances += instances
			return groups
		}
	}
	return append(groups, Group{Deployment: deployment, Name: name, Instances: instances})
}

// united adds groups that are not there yet. Their numbers are of the same instances.
func united(groups, more []Group) []Group {
	for _, g := range more {
		at := slices.IndexFunc(groups, func(own Group) bool { return own.Deployment == g.Deployment && own.Name == g.Name })
		if at < 0 {
			groups = append(groups, g)
			continue
		}
		groups[at].Instances = max(groups[at].Instances, g.Instances)
	}
	return groups
}

// unitedWords adds words that are not there yet, in their order.
func unitedWords(list []string, more ...string) []string {
	for _, word := range more {
		if at, found := slices.BinarySearch(list, word); !found {
			list = slices.Insert(slices.Clip(list), at, word)
		}
	}
	return list
}

// maxJobs is how many jobs are named in a list.
const maxJobs = 5

// jobWords are jobs in a few words.
func jobWords(jobs []string) string {
	text := strings.Join(jobs[:min(len(jobs), maxJobs)], ", ")
	if more := len(jobs) - maxJobs; more > 0 {
		text += fmt.Sprintf(" and %d more jobs", more)
	}
	return text
}

func (h *holder) names() []string {
	if h == nil {
		return []string{}
	}
	return append([]string{}, slices.Sorted(maps.Keys(h.jobs))...)
}

// places are the groups that have the certificate.
func (h *holder) places() []Group {
	if h == nil {
		return []Group{}
	}
	groups := append([]Group{}, h.groups...)
	slices.SortFunc(groups, compareGroups)
	return groups
}

// instances is the number of instances of groups.
func instances(groups []Group) (n int) {
	for _, g := range groups {
		n += g.Instances
	}
	return n
}
