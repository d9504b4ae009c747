package verdict

import (
	"fmt"

	"cert-health/internal/cert"
)

// placement is a certificate at one place.
type placement struct {
	certificate cert.Fingerprint
	file        string
	line        int
}

// mismatches are those of the facts by where the certificate stands.
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

// mismatch is what is wrong with the key of the certificate at a place; nil for nothing.
func (j *judge) mismatch(s subject, where place) *cert.Mismatch {
	return j.mismatches[placement{s.Fingerprint, where.file, where.line}]
}

func (s subject) mismatchMessage() string {
	m := s.mismatch
	return fmt.Sprintf("it is used at %s with the private key at %s, which does not belong to it: whoever loads the two fails",
		m.At.Place(), m.Key.Place())
}

// rekey says how certificate and key come together again. Vault holds both in one
// secret: what it holds, a deploy brings, and where that would change nothing, because
// somebody was at the files by hand, a recreate.
func (j *judge) rekey(s subject) string {
	reissue := "reissue it: " + j.reissue(s)
	if s.reference == nil {
		return "put its own private key there, or " + reissue
	}
	switch s.reference.State {
	case cert.Stale:
		if !j.heldExpired(s.reference) {
			return j.deploy()
		}
	case cert.Current:
		return fmt.Sprintf("%s, which brings both from %s; if they still differ, %s", j.recreate(), s.reference.FullPath(), reissue)
	case cert.Unexpected:
		return fmt.Sprintf("if it was put there by hand: %s; if it is the one you want: write it and its own private key to %s",
			j.recreate(), s.reference.FullPath())
	}
	return "put its own private key there, or " + reissue
}
