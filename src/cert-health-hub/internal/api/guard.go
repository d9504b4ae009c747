package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// roleKey is the key of the role in the metadata of an operation.
const roleKey = "role"

// The headers and the cookie in which Doomsday's clients send a token.
const (
	doomsdayHeader = "X-Doomsday-Token"
	doomsdayCookie = "doomsday-token"
)

type personKey struct{}

// personOf is who sent the request of a context.
func personOf(ctx context.Context) Person {
	person, _ := ctx.Value(personKey{}).(Person)
	return person
}

// authorize lets a request pass if its sender has the role that the operation needs.
func (s *service) authorize(ctx huma.Context, next func(huma.Context)) {
	need, known := ctx.Operation().Metadata[roleKey].(Role)
	if !known {
		need = Operator
	}
	if need == Anyone {
		next(ctx)
		return
	}
	r, _ := humago.Unwrap(ctx)
	person, err := s.People.Identify(withBearer(r))
	switch {
	case errors.Is(err, ErrNotLoggedIn):
		ctx.SetHeader("WWW-Authenticate", `Bearer realm="cert-health hub"`)
		s.refuse(ctx, huma.Error401Unauthorized(ErrNotLoggedIn.Error()))
	case err != nil:
		s.refuse(ctx, s.failure(ctx.Context(), err))
	case !person.Role.allows(need):
		s.refuse(ctx, huma.Error403Forbidden("this needs the role "+string(need)+", and yours is "+string(person.Role)+": ask an operator"))
	default:
		next(huma.WithValue(ctx, personKey{}, person))
	}
}

// withBearer makes a token that Doomsday's clients send a bearer token.
func withBearer(r *http.Request) *http.Request {
	token := r.Header.Get(doomsdayHeader)
	if cookie, err := r.Cookie(doomsdayCookie); token == "" && err == nil {
		token = cookie.Value
	}
	if token == "" || r.Header.Get("Authorization") != "" {
		return r
	}
	again := r.Clone(r.Context())
	again.Header.Set("Authorization", "Bearer "+token)
	return again
}

// addressOf is where a request comes from, without the port.
func addressOf(remote string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		return host
	}
	return remote
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
