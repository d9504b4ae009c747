package api

import (
	"context"
	"time"

	"cert-health/hub/internal/catalog"
)

// Summary are the numbers of everything.
type Summary struct {
	At       time.Time                   `json:"at" doc:"when the certificates were judged"`
	Total    int                         `json:"total" doc:"certificates in use"`
	Counts   map[catalog.State]int       `json:"counts"`
	Sources  map[catalog.SourceState]int `json:"sources" doc:"number of sources by state"`
	Problems []Finding                   `json:"problems" nullable:"false" doc:"about items that hold no certificate, and about what the hub logs in with"`
	Worst    []Certificate               `json:"worst" nullable:"false" doc:"the certificates to look at first, without those that are acknowledged"`
}

// The limits of a summary.
const (
	maxWorst    = 10
	maxProblems = 100
)

func (s *service) summary(context.Context, *struct{}) (*body[Summary], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	counted := v.Summary()
	problems := v.Problems()
	for _, source := range v.Sources() {
		problems = append(problems[:len(problems):len(problems)], source.Findings...)
	}
	return &body[Summary]{Summary{
		At: v.Now().UTC(), Total: counted.Counts.Total(), Counts: allStates(counted.Counts), Sources: counted.Sources,
		Problems: findings(problems[:min(len(problems), maxProblems)]), Worst: list(v.Worst(maxWorst)),
	}}, nil
}
