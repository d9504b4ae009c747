package verdict

import (
	"time"

	"cert-health/internal/cert"
)

// authority is a CA by its subject, in one bundle.
type authority struct{ bundle, subject string }

// successors finds, for each subject of a CA in each bundle, the valid certificate that
// lasts longest. During a rotation it stands beside the one that it replaces.
func successors(facts Facts) map[authority]*cert.Certificate {
	best := map[authority]*cert.Certificate{}
	for _, deployed := range facts.Deployed {
		c := deployed.Certificate
		if !c.CA || !valid(c, facts.Now) {
			continue
		}
		for _, location := range deployed.Locations {
			name := authority{bundleAt(location.Class, location.File), c.Subject}
			if known := best[name]; known == nil || c.NotAfter.After(known.NotAfter) {
				best[name] = c
			}
		}
	}
	return best
}

// sibling tells whether another CA with the same subject is in the same bundle, and valid
// at that time.
func (j *judge) sibling(s subject, where place, at time.Time) bool {
	sibling := j.successors[authority{bundleAt(where.class, where.file), s.Subject}]
	return sibling != nil && sibling.Fingerprint != s.Fingerprint && valid(sibling, at)
}
