package platform

import (
	"fmt"
	"time"

	"cert-health/internal/survey"
	"cert-health/internal/trust"
)

// Trust says who can talk to whom now.
func (l *Look) Trust(f trust.Filter) *trust.Matrix { return l.view().Matrix(f) }

// maxSteps is how many steps are simulated, one after the other.
const maxSteps = 10

// TrustAfter says who could talk to whom after steps, such as "deploy diego-cell". Nothing is changed.
func (l *Look) TrustAfter(f trust.Filter, steps []string) (*trust.Matrix, error) {
	if len(steps) == 0 {
		return l.Trust(f), nil
	}
	if len(steps) > maxSteps {
		return nil, fmt.Errorf("%d steps are more than the %d that can be simulated", len(steps), maxSteps)
	}
	next, done := l.Survey, []string{}
	for _, text := range steps {
		step, err := trust.ParseStep(text)
		if err != nil {
			return nil, err
		}
		if next, err = trust.Simulate(next, step); err != nil {
			return nil, err
		}
		done = append(done, step.String())
	}
	m := trust.New(next, l.known.edges).Matrix(f)
	m.After = done
	return m, nil
}

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
