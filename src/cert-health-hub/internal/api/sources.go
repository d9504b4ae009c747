package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/people"
)

// Source is a source and its health.
type Source struct {
	Name        string                `json:"name"`
	Type        string                `json:"type"`
	State       catalog.SourceState   `json:"state" enum:"ok,partial,failing,stale,never"`
	Reason      string                `json:"reason,omitempty" doc:"why the state is not ok"`
	LastAttempt *time.Time            `json:"last_attempt,omitempty"`
	LastSuccess *time.Time            `json:"last_success,omitempty"`
	NextAttempt *time.Time            `json:"next_attempt,omitempty"`
	Error       string                `json:"error,omitempty"`
	Failures    int                   `json:"failures,omitempty" doc:"since the last success"`
	Unseen      []inventory.Unseen    `json:"unseen" nullable:"false" doc:"parts that the last collection could not see; the first 100"`
	UnseenTotal int                   `json:"unseen_total"`
	Items       int                   `json:"items"`
	Requests    int                   `json:"requests" doc:"of the last collection"`
	Seconds     float64               `json:"seconds" doc:"that the last collection took"`
	Interval    float64               `json:"interval_seconds"`
	Running     bool                  `json:"running"`
	Counts      map[catalog.State]int `json:"counts"`
	Findings    []Finding             `json:"findings" nullable:"false" doc:"about what the hub logs in with"`
}

// Sources are all sources.
type Sources struct {
	Sources []Source `json:"sources" nullable:"false"`
}

const sourcesTag = "sources"

func (s *service) sources() {
	huma.Register(s.api, operation(http.MethodGet, "/v1/sources", "list-sources", "Show the health of each source", sourcesTag, people.Viewer), s.listSources)
	table := operation(http.MethodGet, "/v1/sources.csv", "list-sources-csv", "Show the health of each source as CSV", sourcesTag, people.Viewer)
	table.Responses = csvResponse()
	huma.Register(s.api, table, s.csvSources)
	all := operation(http.MethodPost, "/v1/refresh", "refresh", "Collect all sources as soon as possible", sourcesTag, people.Operator)
	all.DefaultStatus = http.StatusAccepted
	huma.Register(s.api, all, func(ctx context.Context, _ *struct{}) (*struct{}, error) { return nil, s.refresh(ctx, "") })
	one := operation(http.MethodPost, "/v1/sources/{name}/refresh", "refresh-source", "Collect one source as soon as possible", sourcesTag, people.Operator)
	one.DefaultStatus = http.StatusAccepted
	one.Errors = append(one.Errors, http.StatusNotFound)
	huma.Register(s.api, one, s.refreshOne)
}

func (s *service) listSources(context.Context, *struct{}) (*body[Sources], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	answer := Sources{make([]Source, len(v.Sources()))}
	for i, source := range v.Sources() {
		answer.Sources[i] = sourceOf(source)
	}
	return &body[Sources]{answer}, nil
}

func sourceOf(v catalog.SourceView) Source {
	return Source{
		Name: v.Name, Type: v.Type, State: v.State, Reason: v.Reason,
		LastAttempt: moment(v.LastAttempt), LastSuccess: moment(v.LastSuccess), NextAttempt: moment(v.NextAttempt),
		Error: v.Error, Failures: v.Failures, Unseen: append([]inventory.Unseen{}, v.Unseen[:min(len(v.Unseen), maxListed)]...), UnseenTotal: len(v.Unseen),
		Items: v.Items, Requests: v.Requests, Seconds: v.Took.Seconds(), Interval: v.Interval.Seconds(), Running: v.Running,
		Counts: v.Counts, Findings: findings(v.Findings),
	}
}

func (s *service) refreshOne(ctx context.Context, in *struct {
	Name string `path:"name"`
}) (*struct{}, error) {
	if in.Name == "" {
		return nil, s.failure(ctx, collect.ErrUnknown)
	}
	return nil, s.refresh(ctx, in.Name)
}

// refresh asks for a collection, and notes who did.
func (s *service) refresh(ctx context.Context, source string) error {
	ask := s.Collector.RefreshAll
	if source != "" {
		ask = func() error { return s.Collector.Refresh(source) }
	}
	if err := ask(); err != nil {
		return s.failure(ctx, err)
	}
	return s.note(ctx, "refresh", source, "asked for a collection")
}

// note keeps an event of the person who sent the request.
func (s *service) note(ctx context.Context, kind, subject, text string) error {
	err := s.Store.AddEvent(ctx, db.Event{At: s.Now(), Kind: kind, Actor: actor(ctx), Subject: subject, Text: text})
	if err != nil {
		return s.failure(ctx, err)
	}
	return nil
}
