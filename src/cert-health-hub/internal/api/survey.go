package api

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cert-health/hub/internal/people"
	"cert-health/hub/internal/platform"
	"cert-health/internal/survey/wire"
)

// Platform makes surveys of all that the hub knows. *platform.Service is one.
type Platform interface {
	Look(ctx context.Context) (*platform.Look, error)
	Write(ctx context.Context, w io.Writer, q platform.Query) error
}

const (
	// surveysAtOnce bounds the surveys that are written at a time: each reads the reports of all VMs.
	surveysAtOnce = 2
	// surveyTime is how long one may take. It is longer than that of other answers.
	surveyTime = 5 * time.Minute
)

const platformTag = "platform"

func (s *service) platform() {
	one := operation(http.MethodGet, "/v1/survey", "get-survey", "Show all certificates of the platform: in stores, in files and in processes of each VM", platformTag, people.Viewer)
	one.Description += " The answer is lines of JSON, each an object with one key: survey (the first line), certificate, instance, secret, blind (what is not seen) and end (the last line). " +
		"Instances and secrets refer to certificates by number. Without the last line, or with an error in it, the survey is not whole."
	one.Parameters = []*huma.Param{severalParameter("deployment", "only the instances of the deployment of this name", nil)}
	one.Responses = map[string]*huma.Response{"200": {Description: "lines of JSON", Content: map[string]*huma.MediaType{wire.ContentType: {Schema: &huma.Schema{Type: huma.TypeString}}}}}
	one.Errors = append(one.Errors, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	huma.Register(s.api, one, s.survey)
	s.rotations()
	s.trust()
}

func (s *service) survey(_ context.Context, in *listInput) (*huma.StreamResponse, error) {
	q, err := parseFleet(in.RawQuery, "deployment")
	if err != nil {
		return nil, err
	}
	if err := s.surveyable(q); err != nil {
		return nil, err
	}
	select {
	case s.surveys <- struct{}{}:
	default:
		return nil, busy()
	}
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		defer func() { <-s.surveys }()
		s.writeSurvey(ctx, platform.Query{Deployments: q.deployments})
	}}, nil
}

// busy is the answer while others read everything.
func busy() error {
	return huma.ErrorWithHeaders(huma.Error429TooManyRequests("other people are reading the whole platform at this moment: try again in a few seconds"), http.Header{"Retry-After": {"5"}})
}

// surveyable tells whether the hub has read what it knows, and knows the deployments of a query.
func (s *service) surveyable(q fleetQuery) error {
	if s.Platform == nil {
		return huma.Error404NotFound("this hub makes no surveys")
	}
	if _, err := s.view(); err != nil {
		return err
	}
	v, err := s.fleetView()
	if err != nil {
		return err
	}
	if len(q.deployments) > 0 && !configured(v) {
		return huma.Error404NotFound("the hub knows no deployment")
	}
	if configured(v) {
		return q.known(v)
	}
	return nil
}

// writeSurvey writes a survey, compressed if the client reads that. Its last line says whether it is whole.
func (s *service) writeSurvey(ctx huma.Context, q platform.Query) {
	r, w := humago.Unwrap(ctx)
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(surveyTime)) // a connection without deadlines needs none
	limited, cancel := context.WithTimeout(r.Context(), surveyTime)
	defer cancel()
	ctx.SetHeader("Content-Type", wire.ContentType)
	ctx.AppendHeader("Vary", "Accept-Encoding")
	out := ctx.BodyWriter()
	if takesGzip(ctx.Header("Accept-Encoding")) {
		ctx.SetHeader("Content-Encoding", "gzip")
		packer, _ := gzip.NewWriterLevel(out, gzip.BestSpeed)
		defer func() { _ = packer.Close() }() // an error is that of a client that is gone
		out = packer
	}
	if err := s.Platform.Write(limited, out, q); err != nil && r.Context().Err() == nil {
		s.Log.Error("a survey was not written to its end", "error", err.Error())
	}
}

func takesGzip(accepted string) bool {
	return slices.ContainsFunc(strings.Split(accepted, ","), func(coding string) bool {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		return strings.TrimSpace(name) == "gzip" && strings.TrimSpace(weight) != "q=0"
	})
}
