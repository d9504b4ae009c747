package verdict

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
)

// casByName lists the deployed CAs by their subject.
func casByName(deployed []cert.Deployed) map[string][]*cert.Deployed {
	cas := map[string][]*cert.Deployed{}
	for i := range deployed {
		if c := deployed[i].Certificate; c.CA {
			cas[c.Subject] = append(cas[c.Subject], &deployed[i])
		}
	}
	return cas
}

// stranger is a CA that has the name of a leaf's issuer and did not sign the leaf,
// and the file in which it stands.
type stranger struct {
	*cert.Certificate
	file string
}

// strangers returns the CAs beside the leaf which have its issuer's name, the
// nearest first, when certainly no CA of that name that is deployed on the VM signed
// it. A leaf beside none of that name is left in peace: it may be for peers that its
// job does not verify itself. So is one that issued itself: who meets it trusts the
// leaf, and asks for no CA.
func (j *judge) strangers(s subject, where place) []stranger {
	if s.CA || s.SelfIssued {
		return nil
	}
	cas := j.beside(s, where)
	if len(cas) == 0 || !j.disowned(s.Certificate) {
		return nil
	}
	slices.SortStableFunc(cas, func(a, b stranger) int {
		return shared(b.file, where.file) - shared(a.file, where.file)
	})
	return cas
}

// beside lists the CAs with the name of the certificate's issuer in the same job
// or, outside the jobs' folder, in the same file.
func (j *judge) beside(s subject, where place) []stranger {
	var cas []stranger
	for _, ca := range j.cas[s.Issuer] {
		for _, at := range ca.Locations {
			if at.Job == where.job && (at.Job != "" || at.File == where.file) {
				cas = append(cas, stranger{ca.Certificate, at.File})
			}
		}
	}
	return cas
}

// disowned tells whether certainly none of the CAs on the VM signed the leaf.
func (j *judge) disowned(leaf *cert.Certificate) bool {
	return !slices.ContainsFunc(j.cas[leaf.Issuer], func(ca *cert.Deployed) bool {
		return j.signing(leaf, ca.Certificate) != cert.NotSigned
	})
}

// signature is the question whether a CA signed a leaf.
type signature struct{ leaf, ca *cert.Certificate }

// Signings remembers who signed whom: verifying a signature is by far the dearest
// thing that a verdict does, and the same two meet in job after job and scan after
// scan. It keeps the certificates alive that it knows.
type Signings map[signature]cert.Signing

// signing answers a question once.
func (j *judge) signing(leaf, ca *cert.Certificate) cert.Signing {
	question := signature{leaf, ca}
	answer, known := j.signings[question]
	if !known {
		answer = leaf.SignedBy(ca)
		j.signings[question] = answer
	}
	return answer
}

// shared is how many octets two paths have in common at their start.
func shared(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func (s subject) untrustedMessage() string {
	nearest := s.strangers[0]
	return fmt.Sprintf("chains to none of the CAs of its issuer's name beside it: %s stands in %s with another key; "+
		"peers that trust no other refuse it", nearest.Subject, nearest.file)
}

// reunite says how a leaf and its CA come together: where one of both sides is
// behind the store, a deploy brings what that already holds.
func (j *judge) reunite(s subject) string {
	if j.behind(s.Certificate) || slices.ContainsFunc(s.strangers, j.moreInStore) {
		return j.deploy()
	}
	return fmt.Sprintf("add the CA that signed it to what fills %s, or reissue it: %s", s.strangers[0].file, j.reissue(s))
}

// behind tells whether the store holds another one in the certificate's place, and
// one that is of use.
func (j *judge) behind(c *cert.Certificate) bool {
	reference, ok := j.facts.References[c.Fingerprint]
	return ok && reference.State == cert.Stale && !j.heldExpired(&reference)
}

// moreInStore tells whether the store holds another CA than the file, in the
// place of ca or in a bundle with it.
func (j *judge) moreInStore(ca stranger) bool {
	return j.behind(ca.Certificate) || len(j.lacking(j.facts.References[ca.Fingerprint].Bundle, ca.file)) > 0
}
