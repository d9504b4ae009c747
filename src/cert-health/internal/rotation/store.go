package rotation

import (
	"cmp"
	"slices"

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
