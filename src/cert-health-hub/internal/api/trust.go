package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/platform"
	explaining "cert-health/internal/explain"
	"cert-health/internal/trust"
)

// explainTime bounds an explanation.
const explainTime = 30 * time.Second

func (s *service) trust() {
	matrix := operation(http.MethodGet, "/v1/trust", "get-trust", "Show who can talk to whom, now and after a step", platformTag, people.Viewer)
	matrix.Errors = append(matrix.Errors, http.StatusServiceUnavailable)
	huma.Register(s.api, matrix, s.trustMatrix)
	breaks := operation(http.MethodGet, "/v1/breaks", "list-breaks", "Show what stops until a time if nothing is renewed, in the order in which it stops", platformTag, people.Viewer)
	breaks.Errors = append(breaks.Errors, http.StatusServiceUnavailable)
	huma.Register(s.api, breaks, s.listBreaks)
	read := operation(http.MethodPost, "/v1/explain", "explain-log", "Show which certificates the lines of a log are about", platformTag, people.Viewer)
	read.Description += " The body is the log, at most 8 MB. It is neither kept nor logged."
	read.MaxBodyBytes = platform.MaxLog + 1
	read.Errors = append(read.Errors, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	huma.Register(s.api, read, s.explainLog)
}

// trustInput chooses edges.
type trustInput struct {
	From  string   `query:"from" maxLength:"200" doc:"only edges with this client: a job, or the name of an edge"`
	To    string   `query:"to" maxLength:"200" doc:"only edges with this server"`
	After []string `query:"after,explode" maxItems:"10" doc:"a step that is simulated: \"deploy GROUP\", \"remove CA CERTIFICATE\" or \"renew CERTIFICATE\"; may be repeated"`
}

func (s *service) trustMatrix(ctx context.Context, in *trustInput) (*body[trust.Matrix], error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	m, err := l.TrustAfter(trust.Filter{From: in.From, To: in.To}, in.After)
	if err != nil {
		return nil, badParameter("after", err.Error())
	}
	return &body[trust.Matrix]{*m}, nil
}

// Breaks are what stops until a time.
type Breaks struct {
	At     time.Time     `json:"at" doc:"of the survey"`
	Until  time.Time     `json:"until"`
	Breaks []trust.Break `json:"breaks" nullable:"false"`
	Blind  []string      `json:"not_seen" nullable:"false" doc:"what the hub does not see, a sentence each"`
}

// breaksInput chooses the time.
type breaksInput struct {
	Within string `query:"within" default:"30d" maxLength:"20" doc:"from now: 90s, 24h, 30d or 1y"`
}

func (s *service) listBreaks(ctx context.Context, in *breaksInput) (*body[Breaks], error) {
	within, err := catalog.ParseDuration(in.Within)
	if err != nil {
		return nil, badParameter("within", err.Error())
	}
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	until := l.At.Add(within)
	return &body[Breaks]{Breaks{At: l.At, Until: until, Breaks: l.Breaks(until), Blind: append([]string{}, l.Blind...)}}, nil
}

// explainInput is a log.
type explainInput struct {
	RawBody []byte `contentType:"text/plain"`
}

func (s *service) explainLog(ctx context.Context, in *explainInput) (*body[explaining.Answer], error) {
	l, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case s.surveys <- struct{}{}:
		defer func() { <-s.surveys }()
	default:
		return nil, busy()
	}
	ctx, cancel := context.WithTimeout(ctx, explainTime)
	defer cancel()
	reading := l.Explain()
	switch err := reading.Read(ctx, bytes.NewReader(in.RawBody)); {
	case errors.Is(err, platform.ErrLong):
		return nil, huma.NewError(http.StatusRequestEntityTooLarge, err.Error())
	case err != nil:
		return nil, huma.Error400BadRequest(err.Error())
	}
	return &body[explaining.Answer]{*reading.Answer()}, nil
}
