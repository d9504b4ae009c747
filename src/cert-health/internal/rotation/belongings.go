package rotation

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

// place is a file of a job, on any VM.
type place struct{ job, file string }

// former are CAs of the same name on VMs, in files in which others have one of the known CAs. If no VM trusts a
// known CA, all of that name count.
func former(s *survey.Survey, known []*survey.Certificate) (list []*survey.Certificate) {
	same, homes := map[*survey.Certificate][]place{}, map[place]bool{}
	var order []*survey.Certificate
	for _, i := range s.Instances {
		for n := range i.Places {
			p := &i.Places[n]
			switch at := (place{p.Job, p.File}); {
			case !p.Trusts():
			case slices.Contains(known, p.Certificate):
				homes[at] = true
			case p.Certificate.CA && slices.ContainsFunc(known, func(c *survey.Certificate) bool { return c.Subject == p.Certificate.Subject }):
				if same[p.Certificate] == nil {
					order = append(order, p.Certificate)
				}
				same[p.Certificate] = append(same[p.Certificate], at)
			}
		}
	}
	for _, c := range order {
		if len(homes) == 0 || slices.ContainsFunc(same[c], func(at place) bool { return homes[at] }) {
			list = append(list, c)
		}
	}
	return list
}

// belongings are the leaves of the CA in its store, and the copies of the CA.
func (s *Store) belongings(survey *survey.Survey, own *survey.Secret) {
	beside := []string{own.Path, own.Path + NextSuffix, own.Path + PreviousSuffix}
	seen := map[string]bool{}
	for _, secret := range survey.Secrets {
		if secret.Store != own.Store || len(secret.Certificates) == 0 || slices.Contains(beside, secret.Path) {
			continue
		}
		switch c := secret.Certificates[0]; {
		case s.has(c):
			s.Copies = append(s.Copies, Copy{secret.Path + ":" + secret.Key, secret.Certificates})
		case seen[secret.Path+c.Fingerprint] || !s.signed(c):
		default:
			seen[secret.Path+c.Fingerprint] = true
			s.Leaves = append(s.Leaves, Leaf{Path: secret.Path, Certificate: c})
		}
	}
}

func (s *Store) has(c *survey.Certificate) bool { return c == s.New || slices.Contains(s.Old, c) }

func (s *Store) signed(c *survey.Certificate) bool {
	return !c.SelfIssued() && (c.SignedBy(s.New) || slices.ContainsFunc(s.Old, c.SignedBy))
}

// deployed is a CA that only VMs have shown: the newest of its name stays.
func deployed(s *survey.Survey, ca string) (Store, error) {
	store := Store{CA: ca, Blind: []string{"the store is not seen: which CA signs and which leaves are renewed is not known, and no step can be taken"}}
	var all []*survey.Certificate
	for _, c := range s.Find(ca) {
		if c.CA {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return store, fmt.Errorf("no CA %s is known: name the path of its secret or its subject, and the reports of VMs that trust it", ca)
	}
	for _, c := range s.Certificates {
		if c.CA && c.Subject == all[0].Subject && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	store.New = slices.MaxFunc(all, func(a, b *survey.Certificate) int { return a.NotBefore.Compare(b.NotBefore) })
	store.AddFormer(all...)
	return store, nil
}

// Authorities are the paths of all CAs that the stores of a survey hold, in their order.
func Authorities(s *survey.Survey) (paths []string) {
	known := map[string]bool{}
	for _, secret := range s.Secrets {
		if len(secret.Certificates) > 0 && secret.Certificates[0].CA && (secret.Key == "certificate" || secret.Key == "") {
			known[secret.Path] = true
		}
	}
	for path := range known {
		beside := false
		for _, suffix := range []string{NextSuffix, PreviousSuffix} {
			base, is := strings.CutSuffix(path, suffix)
			beside = beside || is && known[base]
		}
		if !beside {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	return paths
}
