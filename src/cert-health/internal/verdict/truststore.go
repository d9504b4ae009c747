package verdict

import (
	"path"

	"cert-health/internal/cert"
)

// trustStore is a bundle of several CAs in one file, or a directory with one CA in each file,
// such as /etc/ssl/certs.
type trustStore struct {
	name    string
	files   bool // each CA has a file of its own
	members []member
	group   *unusedGroup // nil until it is asked for
}

// A directory is a trust store from this number of CAs with different names on. A distribution
// has more than a hundred. The directory of a job may hold the CAs of a few other deployments,
// and the job needs each of them.
const (
	minStore      = 3
	minStoreOfJob = 10
	minStoreMixed = 50 // with leaves or keys: /etc/ssl/certs may have the certificate of a server too
)

// trustStoreAt is the trust store to which a CA at a place belongs; nil if there is none.
func (j *judge) trustStoreAt(where place) *trustStore {
	name := where.file
	if b := j.bundles[where.file]; b == nil || len(b.position) < 2 {
		name = path.Dir(where.file) + "/"
	}
	known, seen := j.stores[name]
	if !seen {
		known = j.trustStore(name, where)
		j.stores[name] = known
	}
	return known
}

func (j *judge) trustStore(name string, where place) *trustStore {
	if name == where.file {
		return j.bundleStore(name)
	}
	return j.directoryStore(name, where)
}

// bundleStore is the trust store in one file: it holds several CAs, and not only generations of
// one, and one of them is valid. Otherwise an expired member may be all that a job trusts.
func (j *judge) bundleStore(file string) *trustStore {
	members := j.bundles[file].members
	if subjects, anyValid := j.survey(members); subjects < 2 || !anyValid {
		return nil
	}
	return &trustStore{name: file, members: members}
}

// directoryStore is the trust store in a directory: it holds nothing but CAs, or very many, and
// one of them is valid.
func (j *judge) directoryStore(name string, where place) *trustStore {
	d := j.directories[path.Dir(where.file)]
	enough := minStore
	switch {
	case d.other:
		enough = minStoreMixed
	case where.job != "":
		enough = minStoreOfJob
	}
	if subjects, anyValid := j.survey(d.members); subjects < enough || !anyValid {
		return nil
	}
	s := &trustStore{name: name, files: true}
	for _, m := range d.members {
		if b := j.bundles[m.at.File]; len(b.position) < 2 {
			s.members = append(s.members, m)
		}
	}
	return s
}

// survey counts the names of CAs, and tells whether one of the CAs is valid.
func (j *judge) survey(members []member) (subjects int, anyValid bool) {
	seen := map[string]bool{}
	for _, m := range members {
		seen[m.Certificate.Subject] = true
		anyValid = anyValid || valid(m.Certificate, j.facts.Now)
	}
	return len(seen), anyValid
}

// unused tells whether a CA is a member of a trust store, such as a public root, and no leaf
// of the VM chains to it. A CA that the source keeps in a secret of its own belongs to the
// deployment: leaves of other VMs chain to it.
func (j *judge) unused(s subject, where place) bool {
	if !s.CA || where.sent || where.class != cert.JobFile && where.class != cert.VMFile || j.keptAlone(s) {
		return false
	}
	store := j.trustStoreAt(where)
	switch {
	case store == nil:
		return false
	case store.files && (s.reference != nil && s.reference.Path != "" || !j.selfSigned(s.Certificate)):
		return false
	case !store.files && s.role != cert.Trust && !where.whole: // the role may be that at another place
		return false
	}
	needed := j.aboveLeaves()
	return !needed[atJob{s.Certificate, anyJob}] && !needed[atJob{s.Certificate, where.job}]
}

// keptAlone tells whether the source keeps a CA in a secret of its own.
func (j *judge) keptAlone(s subject) bool {
	return s.reference != nil && s.reference.Path != "" && len(s.reference.Bundle) == 0
}

// aboveLeaves are all CAs to which a leaf of the VM chains, and all to which a leaf of the same
// job may chain.
func (j *judge) aboveLeaves() map[atJob]bool {
	if j.needed == nil {
		j.needed = map[atJob]bool{}
		for i := range j.facts.Deployed {
			d := &j.facts.Deployed[i]
			if d.Certificate.CA {
				continue
			}
			for _, job := range jobsOf(d) {
				for ca, check := range j.above(d.Certificate, job) {
					if check == cert.Signed {
						j.needed[atJob{ca, anyJob}] = true
					} else {
						j.needed[atJob{ca, job}] = true
					}
				}
			}
		}
	}
	return j.needed
}
