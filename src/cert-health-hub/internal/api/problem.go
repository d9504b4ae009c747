package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/collect"
	"cert-health/hub/internal/db"
	"cert-health/hub/internal/people"
)

// withoutValues removes from problems the values that a client sent: one of them may be a password.
func withoutValues(_ huma.Context, _ string, body any) (any, error) {
	if problem, is := body.(*huma.ErrorModel); is {
		for _, detail := range problem.Errors {
			detail.Value = nil
		}
		explain(problem)
	}
	return body, nil
}

// explain makes a sentence of what huma says about a request that does not fit.
func explain(problem *huma.ErrorModel) {
	if problem.Detail != "validation failed" {
		return
	}
	if problem.Status == http.StatusUnsupportedMediaType {
		problem.Detail = "the body is not JSON: send JSON, with the header Content-Type: application/json"
		return
	}
	var parts []string
	for _, detail := range problem.Errors {
		parts = append(parts, detail.Location+": "+detail.Message)
	}
	problem.Detail = "the request is not valid: " + strings.Join(parts, "; ")
}

// writeProblem answers outside of huma's operations.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}

// refuse answers with an error before the operation begins.
func (s *service) refuse(ctx huma.Context, err error) {
	status := http.StatusInternalServerError
	var known huma.StatusError
	if errors.As(err, &known) {
		status = known.GetStatus()
	}
	_ = huma.WriteErr(s.api, ctx, status, err.Error())
}

// badQuery is the problem of a parameter.
func badQuery(err error) error {
	var fault *catalog.ParseError
	if errors.As(err, &fault) {
		return huma.Error400BadRequest(err.Error(), &huma.ErrorDetail{Location: "query." + fault.Key, Message: fault.Message})
	}
	return huma.Error400BadRequest("the query of the URL is not valid: encode it as a form")
}

// failure is the answer to an error of a part behind the API. One that is not expected is logged, and
// the client does not see it.
func (s *service) failure(ctx context.Context, err error) error {
	var wait *people.WaitError
	switch {
	case errors.As(err, &wait):
		return huma.ErrorWithHeaders(huma.Error429TooManyRequests(wait.Error()), http.Header{"Retry-After": {retryAfter(wait)}})
	case errors.Is(err, db.ErrNotFound):
		return huma.Error404NotFound(db.ErrNotFound.Error())
	}
	for status, list := range expected() {
		for _, known := range list {
			if errors.Is(err, known) {
				return huma.NewError(status, known.Error())
			}
		}
	}
	if ctx.Err() == nil {
		s.Log.Error("a request failed", "error", err)
	}
	return huma.Error500InternalServerError("the hub could not do this now; its log says why")
}

// expected are the errors that a client can do something about, by status.
func expected() map[int][]error {
	return map[int][]error{
		http.StatusNotFound:     {people.ErrNotFound, collect.ErrUnknown},
		http.StatusConflict:     {db.ErrExists, collect.ErrFollows, people.ErrTooMany, people.ErrNoLogin},
		http.StatusForbidden:    {people.ErrForbidden, people.ErrNoRole},
		http.StatusUnauthorized: {people.ErrRefused, people.ErrExpired},
	}
}

// retryAfter is how many seconds to wait.
func retryAfter(wait *people.WaitError) string { return strconv.Itoa(int(wait.After.Seconds()) + 1) }
