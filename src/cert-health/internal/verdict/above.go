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

// atJob is a certificate in a job; the job is anyJob if it does not matter.
type atJob struct {
	*cert.Certificate
	job string
}

// anyJob is no name of a job.
const anyJob = "*"

// leafAt is a leaf at one of its locations.
type leafAt struct {
	*cert.Certificate
	at *cert.Location
}

// leavesOf are the leaves that may chain to a CA at a place, each at each of its places; with
// a file, only those in this file. Dates do not matter. A leaf of another job counts only if the
// signatures prove that it chains to the CA. The job of the CA pays for each place that is looked
// at. The list is not complete if it cannot.
func (j *judge) leavesOf(ca *cert.Certificate, where place, file string) (leaves []placedLeaf, complete bool) {
	if j.leaves == nil {
		j.leaves = leavesIn(j.facts.Deployed)
	}
	candidates := j.leaves[file]
	if !j.pairs(where.job, len(candidates)) {
		return nil, false
	}
	for _, leaf := range candidates {
		check, above := j.above(leaf.Certificate, leaf.at.Job)[ca]
		if above && (check == cert.Signed || leaf.at.Job == where.job) {
			leaves = append(leaves, placedLeaf{leaf.Certificate, placeOf(*leaf.at, leaf.Certificate)})
		}
	}
	return leaves, true
}

// leavesIn lists the leaves by file, and all of them under the empty name.
func leavesIn(deployed []cert.Deployed) map[string][]leafAt {
	leaves := map[string][]leafAt{}
	for i := range deployed {
		d := &deployed[i]
		if d.Certificate.CA {
			continue
		}
		for k := range d.Locations {
			leaf := leafAt{d.Certificate, &d.Locations[k]}
			leaves[""] = append(leaves[""], leaf)
			leaves[leaf.at.File] = append(leaves[leaf.at.File], leaf)
		}
	}
	return leaves
}

// above are all CAs to which a leaf of a job may chain, and whether all signatures of a path
// to it are verified.
func (j *judge) above(leaf *cert.Certificate, job string) map[*cert.Certificate]cert.SignatureCheck {
	if seen, known := j.ancestors[atJob{leaf, job}]; known {
		return seen
	}
	seen := map[*cert.Certificate]cert.SignatureCheck{}
	j.ancestors[atJob{leaf, job}] = seen
	j.climbAll(leaf, job, cert.Signed, seen)
	j.climbAll(leaf, job, cert.Unverifiable, seen)
	return seen
}

// climbAll adds the CAs above a leaf that are reached by signatures that are at least this
// certain.
func (j *judge) climbAll(leaf *cert.Certificate, job string, least cert.SignatureCheck, seen map[*cert.Certificate]cert.SignatureCheck) {
	reached := map[*cert.Certificate]bool{}
	for next := []*cert.Certificate{leaf}; len(next) > 0; next = next[1:] {
		list, _ := j.issuers(next[0], job)
		for _, ca := range list {
			c := ca.Certificate
			if reached[c] || !j.maySign(next[0], ca, job) || least == cert.Signed && j.signing(next[0], c, job) != cert.Signed {
				continue
			}
			reached[c] = true
			next = append(next, c)
			if _, known := seen[c]; !known {
				seen[c] = least
			}
		}
	}
}

// pathTo finds a chain of verified signatures from a leaf to a CA of which accept returns
// the location. All CAs of the chain are valid at that time. Further CAs count as in climb.
func (j *judge) pathTo(leaf placedLeaf, at time.Time, accept func(*deployedCA) (cert.Location, bool)) *locatedCA {
	job := leaf.where.job
	seen := map[*cert.Certificate]bool{}
	for next := []*cert.Certificate{leaf.Certificate}; len(next) > 0; next = next[1:] {
		list, _ := j.issuers(next[0], job)
		for _, ca := range list {
			c := ca.Certificate
			if seen[c] || !valid(c, at) || j.forbidden(c, leaf.Certificate, job) != "" || j.signing(next[0], c, job) != cert.Signed {
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
