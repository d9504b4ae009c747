package platform

import (
	"time"

	"cert-health/internal/survey"
	"cert-health/internal/trust"
)

// Trust says who can talk to whom now.
func (l *Look) Trust(f trust.Filter) *trust.Matrix { return l.view().Matrix(f) }

// Breaks are what will have stopped at a time if nothing is renewed.
func (l *Look) Breaks(until time.Time) []trust.Break { return l.view().Breaks(until) }

// Radius is what a certificate takes with it; nil if it is on no VM and in no store.
func (l *Look) Radius(fingerprint string) *trust.Radius {
	if c := l.certificates()[fingerprint]; c != nil {
		return l.view().Radius(c)
	}
	return nil
}

func byFingerprint(s *survey.Survey) map[string]*survey.Certificate {
	all := make(map[string]*survey.Certificate, len(s.Certificates))
	for _, c := range s.Certificates {
		all[c.Fingerprint] = c
	}
	return all
}
