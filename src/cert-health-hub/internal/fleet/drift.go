package fleet

import (
	"cert-health/internal/cert"
	"cert-health/internal/verdict"
)

// drift is the severity of files that do not hold what the store does: information within the grace, and
// what the agent says after that.
func (j *judge) drift(c *judgement, set []placed) verdict.Severity {
	if all(set, ignoresDrift) {
		return verdict.Info
	}
	for _, h := range set {
		if h.flags.has(foundStale | foundUnexpected) {
			return verdict.Error
		}
	}
	began := c.since
	if began == 0 {
		began = max(j.truth.since, j.truth.begins)
	}
	if seconds(j.now-began) < j.thresholds.DriftGrace {
		return verdict.Info
	}
	return verdict.Error
}

// fellBehind is when the version after that of the files was written; 0 if that is not known.
func (j *judge) fellBehind(set []placed) int64 {
	first := int64(0)
	for _, h := range set {
		if j.truth.isCurrent(h.of.print) {
			continue
		}
		since := int64(0)
		if r := h.said; r != nil && r.state != cert.Current {
			since = r.since
		}
		if s := j.truth.hub; since == 0 && s != nil {
			if g, known := s.held[h.of.print]; known {
				since = unix(s.after(g.number))
			}
		}
		if since == 0 {
			since = j.truth.since
		}
		if since != 0 && (first == 0 || since < first) {
			first = since
		}
	}
	if first == 0 {
		return j.truth.since
	}
	return first
}

// byHand tells whether files hold what the store never held. An agent that compares with the store knows
// it; otherwise it is certain only of a certificate that is newer than the store's.
func (j *judge) byHand(set []placed) bool {
	for _, h := range set {
		f := &h.of
		if j.truth.isCurrent(f.print) || j.truth.held[f.print] {
			continue
		}
		switch r := h.said; {
		case r != nil && r.state == cert.Unexpected:
			return true
		case r != nil && r.state == cert.Stale:
		case j.truth.begins != 0 && f.notBefore > j.truth.begins:
			return true
		}
	}
	return false
}

// rolledBack tells whether files went back to an older certificate, or the store did.
func (j *judge) rolledBack(set []placed, m *Member) bool {
	for _, h := range set {
		f := &h.of
		if j.truth.isCurrent(f.print) {
			continue
		}
		if m.before[f.identity] > f.notBefore {
			return true
		}
		if j.truth.rolledBack && j.truth.held[f.print] && f.notBefore > j.truth.begins {
			return true
		}
	}
	return false
}
