package rotation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/survey"
)

// The secrets beside that of a CA in Vault. While two CAs exist, each has its key in a secret of its own, in the
// layout of safe. The secret of the CA itself has the key of the one that signs.
const (
	NextSuffix     = "-next"     // the CA that replaces the other one
	PreviousSuffix = "-previous" // the CA that is replaced
)

// StoreOf finds a CA in the secrets of a survey. ca is the path or the name of its secret. Without such a secret it may
// be the name of a CA on VMs: then the store is not seen.
func StoreOf(s *survey.Survey, ca string) (Store, error) {
	own := caSecret(s, ca)
	if own == nil {
		return deployed(s, ca)
	}
	all := generations(own.Certificates)
	store := Store{Product: own.Store, CA: own.Path, Bundle: all, Signs: all[0]}
	all = slices.Clone(all)
	first := func(path string) *survey.Certificate {
		if beside := caSecret(s, path); beside != nil && beside.Store == own.Store {
			all = append(all, beside.Certificates[0])
			return beside.Certificates[0]
		}
		return nil
	}
	next, previous := first(own.Path+NextSuffix), first(own.Path+PreviousSuffix)
	store.arrange(all, next, previous)
	if previous != nil && !slices.Contains(store.Bundle, previous) {
		store.Kept = append(store.Kept, previous)
	}
	store.AddFormer(former(s, all)...)
	store.belongings(s, own)
	return store, nil
}

// generations are the CAs of a bundle without those that only stand above them: the root behind an intermediate CA.
func generations(bundle []*survey.Certificate) []*survey.Certificate {
	return slices.DeleteFunc(slices.Clone(bundle), func(c *survey.Certificate) bool {
		return c.Subject != bundle[0].Subject && slices.ContainsFunc(bundle, func(below *survey.Certificate) bool {
			return below != c && !below.SelfIssued() && below.SignedBy(c)
		})
	})
}

// caSecret is the secret of a CA, or nil. A key that holds a certificate comes before one that holds a CA beside it.
func caSecret(s *survey.Survey, path string) (found *survey.Secret) {
	for _, secret := range s.Secrets {
		if secret.Path != path && secret.Path+":"+secret.Key != path || len(secret.Certificates) == 0 || !secret.Certificates[0].CA {
			continue
		}
		if found == nil || secret.Key == "certificate" {
			found = secret
		}
	}
	return found
}

// Renews makes one of the CAs the new one: the store knows it for certain.
func (s *Store) Renews(c *survey.Certificate) {
	if c == s.New {
		return
	}
	before := s.New
	s.New, s.Old = c, slices.DeleteFunc(s.Old, func(old *survey.Certificate) bool { return old == c })
	s.AddFormer(before)
}

// arrange tells which CA is new. What stands beside the CA tells it, and without that the dates.
func (s *Store) arrange(all []*survey.Certificate, next, previous *survey.Certificate) {
	s.New = s.Signs
	if next != nil {
		s.New = next
	} else {
		for _, c := range s.Bundle {
			if c != previous && c.NotBefore.After(s.New.NotBefore) {
				s.New = c
			}
		}
	}
	s.AddFormer(all...)
}

// AddFormer adds CAs that the store held before. One that is known already is not added twice.
func (s *Store) AddFormer(cas ...*survey.Certificate) {
	for _, c := range cas {
		if c.CA && c != s.New && !slices.Contains(s.Old, c) {
			s.Old = append(s.Old, c)
		}
	}
	given := func(c *survey.Certificate) int {
		if slices.Contains(s.Bundle, c) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(s.Old, func(a, b *survey.Certificate) int {
		return cmp.Or(cmp.Compare(given(a), given(b)), b.NotBefore.Compare(a.NotBefore))
	})
}

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
