package platform

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/trust"
)

// Look is a survey with all that is computed over it. What takes long is computed once, when it is asked for. Its
// methods may be called by any goroutine.
type Look struct {
	*survey.Survey
	known        *Knowledge
	rotations    func() []rotation.State
	view         func() *trust.View
	certificates func() map[string]*survey.Certificate // by fingerprint
}

// Look returns what is known of the platform now.
func (s *Service) Look(ctx context.Context) (*Look, error) {
	made, err := s.Survey(ctx)
	if err != nil {
		return nil, err
	}
	if last := s.look.Load(); last != nil && last.Survey == made {
		return last, nil
	}
	l := LookAt(made, s.options.Knowledge)
	s.look.Store(l)
	return l, nil
}

// LookAt computes over a survey, which must not change after that.
func LookAt(made *survey.Survey, known *Knowledge) *Look {
	return &Look{Survey: made, known: known,
		rotations:    sync.OnceValue(func() []rotation.State { return rotationsOf(made) }),
		view:         sync.OnceValue(func() *trust.View { return trust.New(made, known.edges) }),
		certificates: sync.OnceValue(func() map[string]*survey.Certificate { return byFingerprint(made) })}
}

// Rotations are the states of all CAs that the stores hold: those that wait for somebody first.
func (l *Look) Rotations() []rotation.State { return l.rotations() }

func rotationsOf(s *survey.Survey) []rotation.State {
	all := []rotation.State{}
	for _, ca := range rotation.Authorities(s) {
		if store, err := rotation.StoreOf(s, ca); err == nil {
			all = append(all, rotation.Of(rotation.Input{Store: store, Survey: s}))
		}
	}
	slices.SortStableFunc(all, func(a, b rotation.State) int {
		return cmp.Or(cmp.Compare(urgency(&a), urgency(&b)), strings.Compare(a.CA, b.CA))
	})
	return all
}

// urgency is the place of a rotation in the list.
func urgency(s *rotation.State) int {
	switch {
	case len(s.Broken) > 0:
		return 0
	case s.Phase == rotation.Blocked:
		return 1
	case s.Phase == rotation.Normal:
		return 3
	}
	return 2
}

// Rotation is the state of one CA, by the path of its secret or its name. Accepted instances hold no step back. Back
// reads it in the other direction: as an abort.
func (l *Look) Rotation(ca string, accepted []string, back bool) (rotation.State, error) {
	store, err := rotation.StoreOf(l.Survey, ca)
	if err != nil {
		return rotation.State{}, err
	}
	return rotation.Of(rotation.Input{Store: store, Survey: l.Survey, Accepted: accepted, Back: back}), nil
}
