package verdict

import (
	"fmt"
	"slices"

	"cert-health/internal/cert"
)

// placement is a certificate at one place.
type placement struct {
	certificate cert.Fingerprint
	file        string
	line        int
}

// mismatches lists the facts' mismatches by the placement of the certificate.
func mismatches(facts Facts) map[placement]*cert.Mismatch {
	if len(facts.Mismatches) == 0 {
		return nil
	}
	at := map[placement]*cert.Mismatch{}
	for i := range facts.Mismatches {
		m := &facts.Mismatches[i]
		at[placement{m.Certificate, m.At.File, m.At.Line}] = m
	}
	return at
}

// mismatch checks the private key that is used with the certificate at a place.
func (j *judge) mismatch(s subject, where place, _ Thresholds) *draft {
	if m := j.mismatches[placement{s.Fingerprint, where.file, where.line}]; m != nil {
		return &draft{code: KeyMismatch, severity: Critical, evidence: evidence{mismatch: m}}
	}
	return nil
}

func (j *judge) mismatchWords(s subject) words {
	m := s.evidence.mismatch
	return words{
		fmt.Sprintf("it is used at %s with the private key at %s, which does not match it", m.At.Place(), m.Key.Place()),
		"a program that loads both fails",
		j.matchKey(s),
	}
}

// matchKey are the steps that bring certificate and key together again. The source holds
// both in one secret: a deploy brings what it holds. A deploy may leave files alone that
// somebody changed by hand; a recreate writes them again.
func (j *judge) matchKey(s subject) []Step {
	if s.reference != nil {
		switch s.reference.State {
		case cert.Stale:
			if !j.currentExpired(s.reference) {
				return j.deploy()
			}
		case cert.Current:
			return append(j.recreate(), j.reissue(s, "if they still do not match, ", "")...)
		case cert.Unexpected:
			return slices.Concat([]Step{Do("if it was put there by hand:")}, j.recreate(),
				[]Step{Do("if it is the certificate that you want, write it and its own private key to %s", j.placeOf(s.reference))})
		}
	}
	return j.reissue(s, "put its own private key there, or ", "")
}
