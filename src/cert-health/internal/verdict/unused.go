package verdict

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
)

// unusedGroup are the members of a bundle to which no leaf of the VM chains and which are
// expired or expiring. They are one finding, of the first one of the gravest.
type unusedGroup struct {
	file     string
	all      int // members of the bundle
	expired  []*cert.Certificate
	expiring []*cert.Certificate
}

// unused tells whether a CA is a member of a bundle, such as a public root, and no leaf of
// the VM chains to it. A CA that the source keeps in a secret of its own belongs to the
// deployment: leaves of other VMs chain to it.
func (j *judge) unused(s subject, where place) bool {
	own := s.reference != nil && s.reference.Path != "" && len(s.reference.Bundle) == 0
	files := where.class == cert.JobFile || where.class == cert.VMFile
	return files && s.role == cert.Trust && !where.sent && !own && j.ofSeveralCAs(where.file) && len(j.leavesOf(s.Certificate, "")) == 0
}

// ofSeveralCAs tells whether a bundle holds several CAs, and not only generations of one,
// and one of them is valid. Otherwise an expired member may be all that the job trusts.
func (j *judge) ofSeveralCAs(file string) bool {
	subjects, anyValid := map[string]bool{}, false
	for _, fingerprint := range j.bundles[file] {
		if s, _, found := j.member(fingerprint, file); found {
			subjects[s.Subject] = true
			anyValid = anyValid || valid(s.Certificate, j.facts.Now)
		}
	}
	return len(subjects) > 1 && anyValid
}

// unusedValidity is the finding of a member to which no leaf of the VM chains; nil if the
// finding of another member is about it too.
func (j *judge) unusedValidity(s subject, where place, code Code) *draft {
	d := &draft{code: code, severity: Info}
	if code == NotYetValid || j.policy.ignored(code, where, j.facts.Now) != nil {
		d.relief = relief{kind: unused}
		return d
	}
	group, first := j.unusedGroup(where)
	if first != s.Certificate {
		return nil
	}
	d.relief = relief{kind: unused, group: group}
	return d
}

// unusedGroup collects the members of the bundle in a file, and returns the first one of
// the gravest too.
func (j *judge) unusedGroup(where place) (group *unusedGroup, first *cert.Certificate) {
	group = &unusedGroup{file: where.file, all: len(j.bundles[where.file])}
	gravest := len(table)
	for _, fingerprint := range j.bundles[where.file] {
		s, at, found := j.member(fingerprint, where.file)
		if !found || !j.unused(s, at) {
			continue
		}
		code := j.validityCode(s.Certificate, j.policy.at(at))
		if code == "" || code == NotYetValid || j.policy.ignored(code, at, j.facts.Now) != nil {
			continue
		}
		if code == Expired {
			group.expired = append(group.expired, s.Certificate)
		} else {
			group.expiring = append(group.expiring, s.Certificate)
		}
		if code.rank() < gravest {
			gravest, first = code.rank(), s.Certificate
		}
	}
	return group, first
}

// member is a CA at its place in a file.
func (j *judge) member(fingerprint cert.Fingerprint, file string) (s subject, at place, found bool) {
	for i := range j.facts.Deployed {
		d := &j.facts.Deployed[i]
		if d.Certificate.Fingerprint != fingerprint {
			continue
		}
		at := slices.IndexFunc(d.Locations, func(l cert.Location) bool { return l.File == file })
		return j.subject(d), placeOf(d.Locations[at], d.Certificate), true
	}
	return subject{}, place{}, false
}

// words tell about all members of a group in one sentence.
func (g *unusedGroup) words() string {
	var parts []string
	for _, part := range []struct {
		members []*cert.Certificate
		verbs   [2]string
	}{{g.expired, [2]string{"has expired", "have expired"}}, {g.expiring, [2]string{"expires soon", "expire soon"}}} {
		if count := len(part.members); count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s (%s)", count, part.verbs[min(count-1, 1)], list(names(part.members))))
		}
	}
	return fmt.Sprintf("of the %d CAs in %s, %s", g.all, g.file, strings.Join(parts, " and "))
}

func names(certificates []*cert.Certificate) []string {
	var names []string
	for _, c := range certificates {
		names = append(names, c.Name())
	}
	return names
}
