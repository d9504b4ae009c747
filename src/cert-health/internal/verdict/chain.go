package verdict

import (
	"slices"

	"cert-health/internal/cert"
)

// fault is why a leaf does not chain to the CAs that its job has, or will not for long.
type fault struct {
	cause    cause
	severity Severity
	file     string            // in which the leaf stands
	link     *cert.Certificate // that does not chain on: the leaf, or an intermediate of its
	cas      []stranger        // the CAs that it is about, the nearest first
	detail   string            // as the cause has it
}

// cause is a kind of fault.
type cause int

const (
	wrongKey            cause = iota // CAs of the issuer's name, none of which signed
	outdated                         // the CA that signed is not valid
	forbidden                        // the CA may not sign for one of the names; which, is the detail
	missingCA                        // the store has it in the bundle's place; where, is the detail
	missingIntermediate              // only others show it; the root that it leads to comes behind it
	clientOnly                       // a server shows what is for clients
	outlives                         // the CA ends first, and soon
	hidden                           // behind another CA of its name, which comes first
)

// stranger is a CA and the file in which it stands.
type stranger struct {
	*cert.Certificate
	file string
}

// untrusted looks for a fault of a leaf at a place; nil for none that is certain.
//
// Certain is little. A CA beside a leaf may as well be that of its peers, so only CAs
// that bear the name of its issuer, or that signed it, speak against it; and nothing is
// said while any chain leads from it to a CA that is trusted anywhere on the VM. Nor is
// anything of a leaf that issued itself: who meets it trusts the leaf, and asks for no CA.
func (j *judge) untrusted(s subject, where place, t Thresholds) *fault {
	switch {
	case s.CA || where.class == cert.AgentFile:
		return nil
	case j.served[s.Fingerprint] && !s.ServerAuth():
		return &fault{cause: clientOnly, severity: Error, file: where.file, link: s.Certificate}
	case s.SelfIssued || !j.concerned(s.Certificate, where):
		return nil
	}
	found := j.climb(s.Certificate, where, j.facts.Now.Add(t.Expiring)).fault(t)
	if found != nil {
		found.file = where.file
		slices.SortStableFunc(found.cas, func(a, b stranger) int {
			return shared(b.file, where.file) - shared(a.file, where.file)
		})
	}
	return found
}

// concerned tells whether a CA with the name of the leaf's issuer stands beside it, or
// one that somebody else shows. Otherwise it is in nobody's power here to say whether it
// chains, and no signature need be verified.
func (j *judge) concerned(leaf *cert.Certificate, where place) bool {
	return slices.ContainsFunc(j.cas[leaf.Issuer], func(ca *deployedCA) bool {
		_, beside := ca.beside(where)
		return beside || !ca.trusted
	})
}

// deployedCA is a CA with its places.
type deployedCA struct {
	*cert.Deployed
	trusted bool // it stands somewhere for itself, and not only behind leaves
}

// casByName lists the deployed CAs by their subject.
func casByName(deployed []cert.Deployed) map[string][]*deployedCA {
	cas := map[string][]*deployedCA{}
	for i := range deployed {
		d := &deployed[i]
		if !d.Certificate.CA {
			continue
		}
		trusted := slices.ContainsFunc(d.Locations, func(l cert.Location) bool { return !l.SentWithLeaf })
		cas[d.Certificate.Subject] = append(cas[d.Certificate.Subject], &deployedCA{d, trusted})
	}
	return cas
}

// beside finds the CA in the job of a place or, outside the jobs' folder, in the same
// file: best where it is trusted, else where it is shown, else as near as can be.
func (ca *deployedCA) beside(where place) (at cert.Location, found bool) {
	for _, l := range ca.Locations {
		if l.Job != where.job || l.Job == "" && l.File != where.file {
			continue
		}
		nearer := l.SentWithLeaf == at.SentWithLeaf && shared(l.File, where.file) > shared(at.File, where.file)
		if !found || at.SentWithLeaf && !l.SentWithLeaf || nearer {
			at, found = l, true
		}
	}
	return at, found
}

// signature is the question whether a CA signed a leaf.
type signature struct{ leaf, ca *cert.Certificate }

// Signings remembers who signed whom: verifying a signature is by far the dearest
// thing that a verdict does, and the same two meet in job after job and scan after
// scan. It keeps the certificates alive that it knows.
type Signings map[signature]cert.SignatureCheck

// signing answers a question once.
func (j *judge) signing(leaf, ca *cert.Certificate) cert.SignatureCheck {
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
