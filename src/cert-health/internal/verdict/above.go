package verdict

import (
	"time"

	"cert-health/internal/cert"
)

// placedLeaf is a leaf at one of its places.
type placedLeaf struct {
	*cert.Certificate
	where place
}

// leavesOf are the leaves of the VM that may chain to a CA, each at each of its places; with
// a file, only those in this file. Dates do not matter.
func (j *judge) leavesOf(ca *cert.Certificate, file string) []placedLeaf {
	var leaves []placedLeaf
	for i := range j.facts.Deployed {
		d := &j.facts.Deployed[i]
		if d.Certificate.CA || !j.above(d.Certificate)[ca] {
			continue
		}
		for _, l := range d.Locations {
			if file == "" || l.File == file {
				leaves = append(leaves, placedLeaf{d.Certificate, placeOf(l, d.Certificate)})
			}
		}
	}
	return leaves
}

// above are all CAs to which a certificate may chain. A signature that cannot be verified
// counts.
func (j *judge) above(leaf *cert.Certificate) map[*cert.Certificate]bool {
	if seen, known := j.ancestors[leaf]; known {
		return seen
	}
	seen := map[*cert.Certificate]bool{}
	for next := []*cert.Certificate{leaf}; len(next) > 0; next = next[1:] {
		for _, ca := range j.cas[next[0].Issuer] {
			c := ca.Certificate
			if !seen[c] && c != next[0] && j.signing(next[0], c) != cert.NotSigned {
				seen[c] = true
				next = append(next, c)
			}
		}
	}
	j.ancestors[leaf] = seen
	return seen
}

// pathTo finds a chain of verified signatures from a leaf to a CA of which accept returns
// the location. All CAs of the chain are valid at that time. Further CAs count as in climb.
func (j *judge) pathTo(leaf placedLeaf, at time.Time, accept func(*deployedCA) (cert.Location, bool)) *locatedCA {
	seen := map[*cert.Certificate]bool{}
	for next := []*cert.Certificate{leaf.Certificate}; len(next) > 0; next = next[1:] {
		for _, ca := range j.cas[next[0].Issuer] {
			c := ca.Certificate
			if seen[c] || c == next[0] || !valid(c, at) || c.ForbiddenName(leaf.Certificate) != "" || j.signing(next[0], c) != cert.Signed {
				continue
			}
			if location, accepted := accept(ca); accepted {
				return &locatedCA{c, location.File}
			}
			if _, beside := ca.beside(leaf.where); beside || ca.trusted {
				seen[c] = true
				next = append(next, c)
			}
		}
	}
	return nil
}
