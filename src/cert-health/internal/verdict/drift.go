package verdict

import (
	"cmp"
	"slices"
	"time"

	"cert-health/internal/cert"
)

// drift weighs what the store says. Until the grace is over it is information: a
// store may be ahead of a VM until the next deploy. A certificate that is not
// valid any more has no time for that.
func (j *judge) drift(s subject, t Thresholds, file string, replaced bool) (Code, Severity) {
	if s.reference == nil {
		return "", OK
	}
	switch s.reference.State {
	case cert.Stale:
		if replaced {
			return "", OK
		}
		return Stale, j.staleness(s, t, file)
	case cert.Unexpected:
		if replaced {
			return "", OK
		}
		return Unexpected, j.after(t.DriftGrace, driftBegan(s.reference), s, Error)
	case cert.Behind:
		return ReferenceUnavailable, j.after(t.DriftGrace, s.reference.Since, s, Warning)
	case cert.Deleted:
		return ReferenceUnavailable, Warning
	case cert.Ambiguous:
		return ReferenceUnavailable, Info
	case cert.Current:
		return j.incomplete(s, t, file)
	}
	return "", OK
}

// after is information until the grace is over.
func (j *judge) after(grace time.Duration, began time.Time, s subject, severity Severity) Severity {
	if valid(s.Certificate, j.facts.Now) && j.facts.Now.Sub(began) < grace {
		return Info
	}
	return severity
}

// staleness is how bad a stale certificate is. One that a bundle holds beside all that
// should be there does no harm: a rotation under way, or one that was not tidied up.
func (j *judge) staleness(s subject, t Thresholds, file string) Severity {
	if s.role == cert.Trust && j.complete(s, file) {
		return Info
	}
	return j.after(t.DriftGrace, driftBegan(s.reference), s, Error)
}

// complete tells whether the file also holds what the store has in place of s.
func (j *judge) complete(s subject, file string) bool {
	wanted := s.reference.Bundle
	if len(wanted) == 0 && s.reference.Current != nil {
		wanted = []cert.Summary{*s.reference.Current}
	}
	return len(wanted) > 0 && len(j.lacking(wanted, file)) == 0
}

// incomplete weighs a bundle that holds what the store does, but not all of it, or in
// another order.
func (j *judge) incomplete(s subject, t Thresholds, file string) (Code, Severity) {
	if len(s.reference.Bundle) == 0 {
		return "", OK
	}
	switch {
	case len(j.lacking(s.reference.Bundle, file)) > 0:
		return Stale, j.after(t.DriftGrace, s.reference.Written, s, Error)
	case j.disordered(s, file):
		return Stale, Info
	}
	return "", OK
}

// bundles lists the CAs of each file in the order in which they stand in it.
func bundles(facts Facts) map[string][]cert.Fingerprint {
	type member struct {
		line        int
		fingerprint cert.Fingerprint
	}
	members := map[string][]member{}
	for _, deployed := range facts.Deployed {
		if !deployed.Certificate.CA {
			continue
		}
		for _, location := range deployed.Locations {
			members[location.File] = append(members[location.File], member{location.Line, deployed.Certificate.Fingerprint})
		}
	}
	files := map[string][]cert.Fingerprint{}
	for file, all := range members {
		slices.SortStableFunc(all, func(a, b member) int { return cmp.Compare(a.line, b.line) })
		for _, m := range all {
			files[file] = append(files[file], m.fingerprint)
		}
	}
	return files
}

// lacking are the CAs of the store's bundle that the file does not hold. Nobody needs
// one that has expired.
func (j *judge) lacking(wanted []cert.Summary, file string) []cert.Summary {
	var lacking []cert.Summary
	for _, member := range wanted {
		if !slices.Contains(j.bundles[file], member.Fingerprint) && !member.NotAfter.Before(j.facts.Now) {
			lacking = append(lacking, member)
		}
	}
	return lacking
}

// disordered tells whether the file holds the store's bundle in another order. It is
// said once, of the first.
func (j *judge) disordered(s subject, file string) bool {
	place := func(f cert.Fingerprint) int { return slices.Index(j.bundles[file], f) }
	first, sorted := s.Fingerprint, true
	last := -1
	for _, member := range s.reference.Bundle {
		at := place(member.Fingerprint)
		if at < 0 {
			continue // expired, and left out
		}
		sorted = sorted && at > last
		last = at
		if at < place(first) {
			first = member.Fingerprint
		}
	}
	return !sorted && first == s.Fingerprint
}

// driftBegan is when the drift began, as far as the store tells. Where it keeps
// no dates, its certificate cannot have been written before it was issued.
func driftBegan(r *cert.Reference) time.Time {
	if r.Since.IsZero() && r.Current != nil {
		return r.Current.NotBefore
	}
	return r.Since
}
