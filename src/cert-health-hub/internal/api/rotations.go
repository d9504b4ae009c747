package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/people"
	"cert-health/hub/internal/platform"
	"cert-health/internal/rotation"
)

// Rotations are all CAs of the stores, and how far the rotation of each has come.
type Rotations struct {
	At        time.Time       `json:"at"`
	Rotations []RotationEntry `json:"rotations" nullable:"false" doc:"those that wait for somebody first"`
	Blind     []string        `json:"not_seen" nullable:"false" doc:"what the hub does not see, a sentence each"`
}

// RotationEntry is one CA in the list.
type RotationEntry struct {
	CA       string         `json:"ca" doc:"the path of its secret; escaped as one segment in /v1/rotations/{ca}"`
	Store    string         `json:"store,omitempty" doc:"the product"`
	Name     string         `json:"name" doc:"of the CA that stays"`
	NotAfter time.Time      `json:"not_after"`
	Phase    rotation.Phase `json:"phase" enum:"normal,new CA distributing,ready to switch,leaves renewing,old CA retiring,blocked"`
	Current  string         `json:"current,omitempty" doc:"the step that is not finished"`
	Done     int            `json:"done" doc:"of the current step"`
	Total    int            `json:"total" doc:"of the current step"`
	Waiting  int            `json:"waiting" doc:"instances and leaves that hold it back"`
	Offered  bool           `json:"offered" doc:"cert-health rotate next would take it now"`
	Next     string         `json:"next" doc:"what to do now"`
	Faults   []string       `json:"faults,omitempty" nullable:"false"`
	Broken   []string       `json:"broken,omitempty" nullable:"false" doc:"trust that is lost already"`
}

func (s *service) rotations() {
	list := operation(http.MethodGet, "/v1/rotations", "list-rotations", "Show how far the rotation of each CA has come", platformTag, people.Viewer)
	list.Errors = append(list.Errors, http.StatusServiceUnavailable)
	huma.Register(s.api, list, s.listRotations)
	one := operation(http.MethodGet, "/v1/rotations/{ca}", "get-rotation", "Show the steps of the rotation of one CA, and who holds each back", platformTag, people.Viewer)
	one.Errors = append(one.Errors, http.StatusNotFound, http.StatusServiceUnavailable)
	huma.Register(s.api, one, s.oneRotation)
}

// look is what is known of the platform now.
func (s *service) look(ctx context.Context) (*platform.Look, error) {
	if err := s.surveyable(fleetQuery{}); err != nil {
		return nil, err
	}
	l, err := s.Platform.Look(ctx)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return l, nil
}

func (s *service) listRotations(ctx context.Context, _ *struct{}) (*body[Rotations], error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	answer := Rotations{At: l.At, Rotations: []RotationEntry{}, Blind: append([]string{}, l.Blind...)}
	for _, state := range l.Rotations() {
		step := state.Step(state.Current)
		answer.Rotations = append(answer.Rotations, RotationEntry{CA: state.CA, Store: state.Store, Name: state.New.Name, NotAfter: state.New.NotAfter, Phase: state.Phase,
			Current: string(state.Current), Done: step.Done, Total: step.Total, Waiting: len(state.Waiting()), Offered: state.Offered, Next: state.Next,
			Faults: state.Faults, Broken: state.Broken})
	}
	return &body[Rotations]{answer}, nil
}

// rotationInput names one CA.
type rotationInput struct {
	CA     string   `path:"ca" maxLength:"500" doc:"the path of its secret, or the name of a CA on VMs, escaped as one segment"`
	Accept []string `query:"accept,explode" maxItems:"1000" doc:"an instance, as deployment/group/id or by name, that holds no step back; may be repeated"`
	Back   bool     `query:"back" doc:"read it as an abort: the newest of the old CAs stays"`
}

func (s *service) oneRotation(ctx context.Context, in *rotationInput) (*body[rotation.State], error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	state, err := l.Rotation(in.CA, in.Accept, in.Back)
	if err != nil {
		return nil, huma.Error404NotFound(err.Error())
	}
	return &body[rotation.State]{state}, nil
}
