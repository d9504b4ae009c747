package explain

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/survey"
	"cert-health/internal/verdict"
)

// described are the first suspects with all that is known about them.
func (x *index) described(list []suspicion) (suspects []*Suspect) {
	for _, s := range list[:min(len(list), maxSuspects)] {
		c := s.certificate
		own := &Suspect{Name: c.Name, Variable: x.variable(c), Fingerprint: c.Fingerprint, Subject: c.Subject, CA: c.CA, NotAfter: c.NotAfter, State: x.state(c),
			Proven: s.proven, Because: s.because, Where: x.where(c), Store: x.stored(c), InMemory: x.inMemory(c)}
		for _, held := range own.Store {
			if !held.Same && x.now.Before(held.NotAfter) {
				own.Outdated = true
			}
		}
		suspects = append(suspects, own)
	}
	return suspects
}

// state is the end of a certificate in words.
func (x *index) state(c *survey.Certificate) string {
	word := "valid until"
	switch {
	case !x.now.Before(c.NotAfter):
		word = "expired"
	case x.now.Before(c.NotBefore):
		return fmt.Sprintf("not valid before %s (%s)", seconds(c.NotBefore), verdict.Relative(c.NotBefore, x.now))
	}
	return fmt.Sprintf("%s %s (%s)", word, seconds(c.NotAfter), verdict.Relative(c.NotAfter, x.now))
}

// where are the groups that have a certificate in files, with the most instances first.
func (x *index) where(c *survey.Certificate) (list []Where) {
	seen := map[[3]string]bool{}
	for i := range x.holders[c] {
		h := &x.holders[c][i]
		if h.place == nil {
			continue
		}
		at := slices.IndexFunc(list, func(w Where) bool { return w.Deployment == h.instance.Deployment && w.Group == h.instance.Group })
		if at < 0 {
			list, at = append(list, Where{Deployment: h.instance.Deployment, Group: h.instance.Group}), len(list)
		}
		if key := [3]string{h.instance.Deployment, h.instance.Group, h.instance.Key()}; !seen[key] {
			seen[key] = true
			list[at].Instances++
		}
		if h.place.Role == cert.Leaf || c.CA {
			list[at].Files = appendNew(list[at].Files, h.place.File)
		}
	}
	slices.SortStableFunc(list, func(a, b Where) int { return b.Instances - a.Instances })
	return list
}

// inMemory is the number of instances where a process serves a certificate that no file there has.
func (x *index) inMemory(c *survey.Certificate) (n int) {
	in := map[*survey.Instance]bool{}
	for i := range x.holders[c] {
		if h := &x.holders[c][i]; h.shown != nil && len(h.instance.Of(c)) == 0 && !in[h.instance] {
			in[h.instance] = true
			n++
		}
	}
	return n
}

// stored are the secrets that hold a certificate, or the version that is to follow it.
func (x *index) stored(c *survey.Certificate) (list []Stored) {
	if x.survey == nil {
		return nil
	}
	for _, s := range x.survey.Secrets {
		if len(s.Certificates) == 0 {
			continue
		}
		first := s.Certificates[0]
		if first != c && !x.follows(first, c) {
			continue
		}
		list = append(list, Stored{Store: s.Store, Path: s.Path, Version: s.Version, Since: s.Since, NotAfter: s.NotAfter, Same: first == c, key: s.Key})
	}
	if same := slices.IndexFunc(list, func(s Stored) bool { return s.Same }); same >= 0 {
		return list[same : same+1] // what others hold is another certificate of the same name
	}
	return list
}

// follows tells whether a certificate of a store can be the next generation of a deployed one: the same name, and a
// later end. Of one that a report only names, no more is known.
func (x *index) follows(stored, deployed *survey.Certificate) bool {
	if stored.Name != deployed.Name || !stored.NotAfter.After(deployed.NotAfter) {
		return false
	}
	return stored.Subject == "" || stored.Subject == deployed.Subject && sameNames(stored.SANs, deployed.SANs)
}

func sameNames(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// listed writes up to three words of a list, and how many more there are.
func listed(words []string, last string) string {
	const most = 3
	shown := words[:min(len(words), most)]
	if more := len(words) - len(shown); more > 0 {
		return fmt.Sprintf("%s%s%d more", strings.Join(shown, ", "), last, more)
	}
	if len(shown) < 2 {
		return strings.Join(shown, "")
	}
	return strings.Join(shown[:len(shown)-1], ", ") + last + shown[len(shown)-1]
}
