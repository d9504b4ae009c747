package verdict

import (
	"slices"

	"cert-health/internal/cert"
)

// fault is the reason why a leaf does not chain to the CAs of its job, or soon will not.
type fault struct {
	cause    cause
	severity Severity
	file     string            // of the leaf
	link     *cert.Certificate // that does not chain: the leaf, or one of its intermediates
	cas      []locatedCA       // the CAs that it is about, the nearest first
	detail   string            // its meaning depends on the cause
}

// locatedCA is a CA and the file in which it stands.
type locatedCA struct {
	*cert.Certificate
	file string
}

// untrusted looks for a certain fault of a leaf at a place.
//
// Few faults are certain. The CA beside a leaf may be the CA of its peers. So only CAs with
// the name of its issuer, or that signed it, count against it; and there is no fault while
// any chain leads to a CA that is trusted anywhere on the VM. A self-signed leaf has no
// fault either: its peers trust the leaf itself.
func (j *judge) untrusted(s subject, where place, t Thresholds) *draft {
	if f := j.chainFault(s, where, t); f != nil {
		return &draft{code: Untrusted, severity: f.severity, evidence: evidence{fault: f}}
	}
	return nil
}

func (j *judge) chainFault(s subject, where place, t Thresholds) *fault {
	switch {
	case s.CA || where.class == cert.AgentFile:
		return nil
	case j.served[s.Fingerprint] && !s.ServerAuth():
		return &fault{cause: clientOnly, severity: Error, file: where.file, link: s.Certificate}
	case j.selfSigned(s.Certificate) || !j.mayHaveFault(s.Certificate, where):
		return nil
	}
	found := j.climb(s.Certificate, where, j.facts.Now.Add(t.Expiring)).fault(t)
	if found != nil {
		found.file = where.file
		slices.SortStableFunc(found.cas, func(a, b locatedCA) int {
			return shared(b.file, where.file) - shared(a.file, where.file)
		})
	}
	return found
}

// namedAt is the name of an issuer at the places that have the same CAs beside them: a job or,
// outside the directories of jobs, a file.
type namedAt struct{ issuer, job, file string }

// mayHaveFault tells whether a CA with the name of the leaf's issuer stands beside it, or
// is sent by another server. Otherwise no fault can be certain, and no signature needs to
// be verified. The job pays for each CA and each place of it that is looked at, once for a name.
// If it cannot pay, no fault is certain.
func (j *judge) mayHaveFault(leaf *cert.Certificate, where place) bool {
	key := namedAt{leaf.Issuer, where.job, ""}
	if where.job == "" {
		key.file = where.file
	}
	may, known := j.mayFail[key]
	if !known {
		may = slices.ContainsFunc(j.cas[leaf.Issuer], func(ca *deployedCA) bool {
			if !j.pairs(where.job, 1+len(ca.in[where.job])) {
				return false
			}
			_, beside := ca.beside(where)
			return beside || !ca.trusted
		})
		j.mayFail[key] = may
	}
	return may
}

// deployedCA is a CA with its places.
type deployedCA struct {
	*cert.Deployed
	trusted bool                       // it stands somewhere on its own, not only behind leaves
	in      map[string][]cert.Location // by job
}

// of tells whether the CA stands in a file of the job.
func (ca *deployedCA) of(job string) bool { return len(ca.in[job]) > 0 }

// deployedCAs lists the deployed CAs by their subject, and by the jobs in which they stand.
func deployedCAs(deployed []cert.Deployed) (named, inJob map[string][]*deployedCA) {
	named, inJob = map[string][]*deployedCA{}, map[string][]*deployedCA{}
	for i := range deployed {
		d := &deployed[i]
		if !d.Certificate.CA {
			continue
		}
		ca := &deployedCA{Deployed: d, in: map[string][]cert.Location{}}
		for _, l := range d.Locations {
			ca.trusted = ca.trusted || !l.SentWithLeaf
			ca.in[l.Job] = append(ca.in[l.Job], l)
		}
		named[d.Certificate.Subject] = append(named[d.Certificate.Subject], ca)
		for _, job := range jobsOf(d) {
			inJob[job] = append(inJob[job], ca)
		}
	}
	return named, inJob
}

// beside finds the CA in the job of a place or, outside the directories of jobs, in the
// same file. A location where it is trusted comes before one where it is sent with a leaf,
// and then the nearest one.
func (ca *deployedCA) beside(where place) (at cert.Location, found bool) {
	for _, l := range ca.in[where.job] {
		if l.Job == "" && l.File != where.file {
			continue
		}
		nearer := l.SentWithLeaf == at.SentWithLeaf && shared(l.File, where.file) > shared(at.File, where.file)
		if !found || at.SentWithLeaf && !l.SentWithLeaf || nearer {
			at, found = l, true
		}
	}
	return at, found
}

// shared is the length of the longest common prefix of two paths, in bytes.
func shared(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
