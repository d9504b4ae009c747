package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
	"cert-health/internal/verdict"
)

// Acks are the acknowledgements that hold now.
type Acks struct {
	Acknowledgements []Ack `json:"acknowledgements" nullable:"false"`
}

// NewAck is a request to acknowledge a certificate.
type NewAck struct {
	Certificate string `json:"certificate" maxLength:"100" doc:"its ID"`
	Until       string `json:"until" maxLength:"40" example:"2027-01-31" doc:"a day, or a moment as in RFC 3339; at most a year from now"`
	Reason      string `json:"reason" maxLength:"500"`
}

// maxAck is how long an acknowledgement may hold. People forget one that holds longer.
const maxAck = 366 * 24 * time.Hour

const acksTag = "acknowledgements"

func (s *service) acknowledgements() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/acknowledgements", "list-acknowledgements", "List the acknowledgements that hold now", acksTag, people.Viewer), s.listAcks)
	add := operation(http.MethodPost, "/v1/acknowledgements", "acknowledge", "Acknowledge a certificate: no one is reminded of it until a day", acksTag, people.Operator)
	add.DefaultStatus = http.StatusCreated
	add.Errors = append(add.Errors, http.StatusNotFound, http.StatusUnprocessableEntity)
	huma.Register(s.api, add, s.acknowledge)
	end := operation(http.MethodDelete, "/v1/acknowledgements/{id}", "unacknowledge", "End an acknowledgement", acksTag, people.Operator)
	end.Errors = append(end.Errors, http.StatusNotFound)
	huma.Register(s.api, end, s.unacknowledge)
}

func (s *service) listAcks(context.Context, *struct{}) (*body[Acks], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	answer := Acks{[]Ack{}}
	for _, ack := range v.Acks() {
		name := ""
		if e, known := v.Certificate(ack.Certificate); known {
			name = e.Name()
		}
		answer.Acknowledgements = append(answer.Acknowledgements, ackOf(ack, name))
	}
	return &body[Acks]{answer}, nil
}

func (s *service) acknowledge(ctx context.Context, in *body[NewAck]) (*body[Ack], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	e, known := v.Certificate(idOf(in.Body.Certificate))
	if !known {
		return nil, huma.Error404NotFound("the hub knows no certificate with this ID")
	}
	until, err := s.until(in.Body.Until)
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(in.Body.Reason)
	if reason == "" {
		return nil, huma.Error400BadRequest("the reason is empty: say why no one needs to be reminded", &huma.ErrorDetail{Location: "body.reason", Message: "it is empty"})
	}
	ack := inventory.Ack{Certificate: e.ID, Until: until, Reason: reason, By: actor(ctx), At: s.Now().UTC()}
	if err := s.Store.Acknowledge(ctx, db.Ack(ack)); err != nil {
		return nil, s.failure(ctx, err)
	}
	if err := s.note(ctx, "acknowledge", string(e.ID), "acknowledged "+e.Name()+" until "+verdict.Stamp(until)+": "+reason); err != nil {
		return nil, err
	}
	return &body[Ack]{ackOf(ack, e.Name())}, nil
}

// until reads the end of an acknowledgement. A day is over at its end, in UTC.
func (s *service) until(text string) (time.Time, error) {
	until, err := time.Parse(time.RFC3339, text)
	if day, dayErr := time.Parse(time.DateOnly, text); dayErr == nil {
		until, err = day.AddDate(0, 0, 1), nil
	}
	now, message := s.Now(), ""
	switch {
	case err != nil:
		message = "it is not a valid day: write 2027-01-31"
	case !until.After(now):
		message = "it is in the past"
	case until.After(now.Add(maxAck)):
		message = "it is more than a year from now: acknowledge it again next year"
	default:
		return until.UTC(), nil
	}
	return time.Time{}, huma.Error400BadRequest("until: "+message, &huma.ErrorDetail{Location: "body.until", Message: message})
}

func (s *service) unacknowledge(ctx context.Context, in *struct {
	ID string `path:"id" doc:"of the certificate"`
}) (*struct{}, error) {
	err := s.Store.Unacknowledge(ctx, idOf(in.ID))
	if errors.Is(err, db.ErrNotFound) {
		return nil, huma.Error404NotFound("the certificate with this ID is not acknowledged")
	}
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	return nil, s.note(ctx, "unacknowledge", string(idOf(in.ID)), "ended the acknowledgement")
}
