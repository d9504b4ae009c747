package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"cert-health/hub/internal/catalog"
	"cert-health/hub/internal/people"
)

// doomsdayCache is Doomsday's list of certificates.
type doomsdayCache struct {
	Content []doomsdayItem `json:"content" nullable:"false"`
}

type doomsdayItem struct {
	Paths      []doomsdayPath `json:"paths" nullable:"false"`
	CommonName string         `json:"common_name"`
	NotAfter   int64          `json:"not_after" doc:"seconds since 1970"`
}

type doomsdayPath struct {
	Backend  string `json:"backend"`
	Location string `json:"location"`
}

// doomsdayScheduler is Doomsday's list of what it does now and next.
type doomsdayScheduler struct {
	Running []doomsdayTask   `json:"running" nullable:"false"`
	Pending []doomsdayTask   `json:"pending" nullable:"false"`
	Workers []doomsdayWorker `json:"workers" nullable:"false"`
}

type doomsdayTask struct {
	At       int64  `json:"at"`
	Backend  string `json:"backend"`
	Reason   string `json:"reason"`
	Kind     string `json:"kind"`
	ID       int    `json:"id"`
	State    string `json:"state"`
	WorkerID int    `json:"worker_id"`
}

type doomsdayWorker struct {
	ID      int    `json:"id"`
	State   string `json:"state"`
	StateAt int64  `json:"state_at"`
}

const doomsdayTag = "doomsday"

// doomsday answers the requests of Doomsday's clients in its own forms.
func (s *service) doomsday() {
	s.mux.HandleFunc("POST /v1/auth", s.doomsdayAuth) // its errors have no body, and its success sets a cookie
	s.api.OpenAPI().AddOperation(s.authOperation())
	huma.Register(s.api, operation(http.MethodGet, "/v1/cache", "doomsday-cache", "List certificates as Doomsday does", doomsdayTag, people.Viewer), s.doomsdayCache)
	refresh := operation(http.MethodPost, "/v1/cache/refresh", "doomsday-refresh", "Collect all sources as soon as possible", doomsdayTag, people.Operator)
	huma.Register(s.api, refresh, func(ctx context.Context, _ *struct{}) (*struct{}, error) { return nil, s.refresh(ctx, "") })
	huma.Register(s.api, operation(http.MethodGet, "/v1/scheduler", "doomsday-scheduler", "Show collections as Doomsday does", doomsdayTag, people.Viewer), s.doomsdayScheduler)
}

// authOperation describes POST /v1/auth.
func (s *service) authOperation() *huma.Operation {
	content := func(value any) map[string]*huma.MediaType {
		return map[string]*huma.MediaType{"application/json": {Schema: huma.SchemaFromType(s.api.OpenAPI().Components.Schemas, reflect.TypeOf(value))}}
	}
	o := operation(http.MethodPost, "/v1/auth", "doomsday-auth", "Log in as Doomsday's clients do", doomsdayTag, people.Anyone)
	o.RequestBody = &huma.RequestBody{Required: true, Content: content(Credentials{})}
	o.Responses = map[string]*huma.Response{
		"200": {Description: "the token, which is also set as the cookie doomsday-token", Content: content(doomsdayToken{})},
		"400": {Description: "the body is not valid JSON"}, "401": {Description: "the name or the password is wrong"},
		"429": {Description: "there were too many attempts"}, "501": {Description: "the hub knows no passwords"},
	}
	return &o
}

// doomsdayToken is the answer to a login.
type doomsdayToken struct {
	Token string `json:"token"`
}

func (s *service) doomsdayCache(context.Context, *struct{}) (*body[doomsdayCache], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	answer := doomsdayCache{[]doomsdayItem{}}
	for _, e := range v.All(catalog.Query{}) {
		item := doomsdayItem{Paths: []doomsdayPath{}, CommonName: e.CommonName, NotAfter: e.NotAfter.Unix()}
		for _, p := range e.InUse() {
			location := p.Path
			if p.Place != "" {
				location += ":" + p.Place
			}
			item.Paths = append(item.Paths, doomsdayPath{p.Source, location})
		}
		answer.Content = append(answer.Content, item)
	}
	return &body[doomsdayCache]{answer}, nil
}

func (s *service) doomsdayScheduler(context.Context, *struct{}) (*body[doomsdayScheduler], error) {
	v, err := s.view()
	if err != nil {
		return nil, err
	}
	answer := doomsdayScheduler{[]doomsdayTask{}, []doomsdayTask{}, []doomsdayWorker{}}
	for i, source := range v.Sources() {
		task := doomsdayTask{At: unix(source.NextAttempt), Backend: source.Name, Reason: "scheduled", Kind: "refresh", ID: i + 1, State: "pending", WorkerID: -1}
		worker := doomsdayWorker{ID: i, State: "idle", StateAt: unix(source.LastAttempt)}
		if source.Running {
			task.At, task.State, task.WorkerID, worker.State = unix(source.LastAttempt), "running", i, "running"
			answer.Running = append(answer.Running, task)
		} else {
			answer.Pending = append(answer.Pending, task)
		}
		answer.Workers = append(answer.Workers, worker)
	}
	return &body[doomsdayScheduler]{answer}, nil
}

// unix is 0 for a time that is not known.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// doomsdayAuth logs in as Doomsday does: it answers with a token, and sets it as a cookie.
func (s *service) doomsdayAuth(w http.ResponseWriter, r *http.Request) {
	if !s.People.Methods().Local {
		http.Error(w, "the hub asks for no password", http.StatusNotImplemented)
		return
	}
	var credentials Credentials
	content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil || json.Unmarshal(content, &credentials) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	issued, err := s.People.Login(r.Context(), credentials.Username, credentials.Password, people.AddressOf(r))
	var wait *people.WaitError
	switch {
	case errors.Is(err, people.ErrRefused):
		w.WriteHeader(http.StatusUnauthorized)
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", retryAfter(wait))
		w.WriteHeader(http.StatusTooManyRequests)
	case err != nil:
		_ = s.failure(r.Context(), err)
		w.WriteHeader(http.StatusInternalServerError)
	default:
		http.SetCookie(w, &http.Cookie{Name: doomsdayCookie, Value: issued.Token, Path: "/", Expires: issued.Expires,
			HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(doomsdayToken{issued.Token})
	}
}
