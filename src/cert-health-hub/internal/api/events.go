package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/people"
)

// Event is something that happened.
type Event struct {
	ID      int64     `json:"id"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	Actor   string    `json:"actor,omitempty" doc:"a person; without it, the hub itself"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text"`
}

// Events are a page of events, the newest first.
type Events struct {
	Events []Event `json:"events" nullable:"false"`
	Next   string  `json:"next,omitempty" doc:"the parameter before of the next page"`
}

// eventsInput selects a page of events.
type eventsInput struct {
	Before int64 `query:"before" minimum:"0" doc:"only events with a lower ID"`
	Limit  int   `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

const eventsTag = "events"

func (s *service) events() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/events", "list-events", "List what happened, the newest first", eventsTag, people.Viewer), s.listEvents)
	table := operation(http.MethodGet, "/v1/events.csv", "list-events-csv", "List what happened as CSV", eventsTag, people.Viewer)
	table.Responses = csvResponse()
	huma.Register(s.api, table, s.csvEvents)
}

func (s *service) listEvents(ctx context.Context, in *eventsInput) (*body[Events], error) {
	page, err := s.eventsPage(ctx, in)
	if err != nil {
		return nil, err
	}
	answer := Events{Events: page}
	if len(page) == in.Limit {
		answer.Next = strconv.FormatInt(page[len(page)-1].ID, 10)
	}
	return &body[Events]{answer}, nil
}

func (s *service) eventsPage(ctx context.Context, in *eventsInput) ([]Event, error) {
	list, err := s.Store.Events(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.failure(ctx, err)
	}
	page := make([]Event, len(list))
	for i, e := range list {
		page[i] = Event(e)
	}
	return page, nil
}
