package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"cert-health/hub/internal/people"
)

// roleKey is the key of the role in the metadata of an operation.
const roleKey = "role"

// doomsdayCookie is where browsers of Doomsday's users send a token.
const doomsdayCookie = "doomsday-token"

// actor is the name of who sent a request.
func actor(ctx context.Context) string {
	return cmp.Or(people.Current(ctx).Name, "someone without a login")
}

// authorize lets a request pass if its sender has the role that the operation needs.
func (s *service) authorize(ctx huma.Context, next func(huma.Context)) {
	need, known := ctx.Operation().Metadata[roleKey].(people.Role)
	if !known {
		need = people.Operator
	}
	if need == people.Anyone {
		next(ctx)
		return
	}
	r, _ := humago.Unwrap(ctx)
	person, err := s.People.Identify(withBearer(r))
	switch {
	case errors.Is(err, people.ErrNotLoggedIn):
		s.ask(ctx)
	case err != nil:
		s.refuse(ctx, s.failure(ctx.Context(), err))
	case !person.Role.Includes(need):
		s.refuse(ctx, huma.Error403Forbidden("this needs the role "+string(need)+", and yours is "+string(person.Role)+": ask an operator"))
	default:
		next(huma.WithContext(ctx, people.With(ctx.Context(), person)))
	}
}

// ask says how to log in. A hub without a login answers only some.
func (s *service) ask(ctx huma.Context) {
	if s.People.Methods().None() {
		s.refuse(ctx, huma.Error403Forbidden("this hub has no login, and answers only its own machine: ask it there as localhost, or configure a login"))
		return
	}
	ctx.SetHeader("WWW-Authenticate", `Bearer realm="cert-health hub"`)
	s.refuse(ctx, huma.Error401Unauthorized(people.ErrNotLoggedIn.Error()))
}

// withBearer makes a token in Doomsday's cookie a bearer token. Package people reads the header.
func withBearer(r *http.Request) *http.Request {
	cookie, err := r.Cookie(doomsdayCookie)
	if err != nil || r.Header.Get("Authorization") != "" {
		return r
	}
	again := r.Clone(r.Context())
	again.Header.Set("Authorization", "Bearer "+cookie.Value)
	return again
}

// protect refuses requests that another site made a browser send, and keeps answers out of caches.
func (s *service) protect(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	guard.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeProblem(w, http.StatusForbidden, "another site sent this request: open the hub's own pages")
	}))
	return guard.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		defer s.recovered(w, r)
		next.ServeHTTP(w, r)
	}))
}

// recovered keeps one request that fails from ending others. The library panics if an answer cannot be
// written, for example because the client is gone.
func (s *service) recovered(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil {
		return
	}
	if r.Context().Err() == nil {
		s.Log.Error("a request failed", "method", r.Method, "path", r.URL.Path, "cause", cause)
	}
	writeProblem(w, http.StatusInternalServerError, "the hub could not answer; its log says why")
}

// unknown answers requests for paths that do not exist, and methods that a path does not have.
func (s *service) unknown(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.mux.Handler(other); pattern != "/v1/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		writeProblem(w, http.StatusNotFound, "the API has no such path: see /v1/openapi.json")
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, http.StatusMethodNotAllowed, "this path takes "+strings.Join(allowed, " or "))
}
