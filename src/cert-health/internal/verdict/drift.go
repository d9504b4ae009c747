package verdict

import (
	"slices"
	"time"

	"cert-health/internal/cert"
)

// drift compares the certificate with its reference. Until the grace is over, drift is
// information: the source may be ahead of a VM until the next deploy. A certificate that
// is not valid gets no grace.
func (j *judge) drift(s subject, where place, t Thresholds) *draft {
	if s.reference == nil {
		return nil
	}
	if j.revoked(s) {
		return &draft{code: Stale, severity: Error}
	}
	switch s.reference.State {
	case cert.Stale:
		if j.leftOver(s, where.file) {
			return j.stillTrusted(s, where, t)
		}
		return j.unlessReplaced(s, where, draft{code: Stale, severity: j.after(t.DriftGrace, driftBegan(s.reference), s, Error)})
	case cert.Unexpected:
		return j.unlessReplaced(s, where, draft{code: Unexpected, severity: j.after(t.DriftGrace, driftBegan(s.reference), s, Error)})
	case cert.Behind:
		return &draft{code: ReferenceUnavailable, severity: j.after(t.DriftGrace, s.reference.Since, s, Warning)}
	case cert.Deleted:
		return &draft{code: ReferenceUnavailable, severity: Warning}
	case cert.Ambiguous:
		return j.undecided(s, t)
	case cert.Current:
		return j.incomplete(s, where, t)
	case cert.Unknown: // not a fault: the source holds nothing for this certificate
	}
	return nil
}

// undecided judges a certificate that several secrets may be about, although none of them
// contains it. If one of them is the deployment's own, the certificate differs from it in any
// case. In the secrets of other deployments, the names prove nothing.
func (j *judge) undecided(s subject, t Thresholds) *draft {
	if s.reference.Elsewhere {
		return &draft{code: ReferenceUnavailable, severity: Info}
	}
	return &draft{code: ReferenceUnavailable, severity: j.after(t.DriftGrace, s.reference.Since, s, Warning)}
}

// unlessReplaced drops the drift of a CA that has its successor beside it.
func (j *judge) unlessReplaced(s subject, where place, d draft) *draft {
	if s.CA && j.sibling(s, where, s.NotAfter.Add(time.Second)) {
		return nil
	}
	return &d
}

// after is the severity once the grace is over, and information until then.
func (j *judge) after(grace time.Duration, began time.Time, s subject, severity Severity) Severity {
	if valid(s.Certificate, j.facts.Now) && j.facts.Now.Sub(began) < grace {
		return Info
	}
	return severity
}

// leftOver tells whether a bundle holds a CA that the source has withdrawn, in addition to
// everything that belongs there.
func (j *judge) leftOver(s subject, file string) bool {
	return s.role == cert.Trust && j.complete(s, file)
}

// stillTrusted judges a CA that is left over. It breaks nothing, but the programs of the job
// accept what it signs, although the CA may have been withdrawn because its key is not
// secret any more. A CA that is not valid, or whose key the bundle trusts in another
// certificate too, changes nothing.
func (j *judge) stillTrusted(s subject, where place, t Thresholds) *draft {
	if !valid(s.Certificate, j.facts.Now) || j.keyInSource(s, where.file) {
		return nil
	}
	return &draft{code: Stale, severity: j.after(t.DriftGrace, driftBegan(s.reference), s, Warning)}
}

// keyInSource tells whether the source still holds the CA's key, in another certificate of the
// same file.
func (j *judge) keyInSource(s subject, file string) bool {
	b := j.bundles[file]
	return b != nil && slices.ContainsFunc(b.members, func(m member) bool {
		c := m.Certificate
		return c.Subject == s.Subject && c.PublicKey == s.PublicKey && c.PublicKey != (cert.KeyDigest{}) && holdsCA(*s.reference, c.Fingerprint)
	})
}

// complete tells whether the file also holds what the source has in place of s.
func (j *judge) complete(s subject, file string) bool {
	wanted := s.reference.Bundle
	if len(wanted) == 0 && s.reference.Current != nil {
		wanted = []cert.Summary{*s.reference.Current}
	}
	return len(wanted) > 0 && len(j.missing(wanted, file)) == 0
}

// incomplete compares a bundle that holds the source's certificate with the source's
// bundle: members may be missing, or stand in another order.
func (j *judge) incomplete(s subject, where place, t Thresholds) *draft {
	if len(s.reference.Bundle) == 0 {
		return nil
	}
	switch {
	case len(j.missing(s.reference.Bundle, where.file)) > 0:
		return &draft{code: Stale, severity: j.after(t.DriftGrace, s.reference.Written, s, Error)}
	case j.disordered(s, where.file):
		return &draft{code: Stale, severity: Info}
	}
	return nil
}

// missing are the CAs of the source's bundle that the file does not hold, without those
// that have expired.
func (j *judge) missing(wanted []cert.Summary, file string) []cert.Summary {
	var missing []cert.Summary
	for _, member := range wanted {
		if j.bundles[file].index(member.Fingerprint) < 0 && !member.NotAfter.Before(j.facts.Now) {
			missing = append(missing, member)
		}
	}
	return missing
}

// disordered tells whether the file holds the source's bundle in another order. Only the
// first member of the bundle reports it.
func (j *judge) disordered(s subject, file string) bool {
	position := j.bundles[file].index
	first, sorted := s.Fingerprint, true
	last := -1
	for _, member := range s.reference.Bundle {
		at := position(member.Fingerprint)
		if at < 0 {
			continue // expired, and not deployed
		}
		sorted = sorted && at > last
		last = at
		if at < position(first) {
			first = member.Fingerprint
		}
	}
	return !sorted && first == s.Fingerprint
}

// driftBegan is when the drift began, as far as the source tells. If it keeps no dates, its
// certificate was not written before it was issued.
func driftBegan(r *cert.Reference) time.Time {
	if r.Since.IsZero() && r.Current != nil {
		return r.Current.NotBefore
	}
	return r.Since
}
