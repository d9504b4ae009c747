package people

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// Authenticate puts who sends a request into its context: see Current. A request of a person who has
// not logged in goes on without.
func (s *Service) Authenticate(next http.Handler) http.Handler { return s.Require(Anyone, next) }

// Require lets a request pass whose sender has a role, and puts the sender into its context.
func (s *Service) Require(role Role, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		person, err := s.Identify(r)
		switch {
		case errors.Is(err, ErrNotLoggedIn) && role != Anyone:
			s.ask(w, r)
		case err != nil && !errors.Is(err, ErrNotLoggedIn):
			s.Log.Error("a request was not identified", "error", err)
			w.Header().Set("Retry-After", "5")
			s.refuse(w, r, http.StatusServiceUnavailable, "the hub cannot look up who you are; try again, and look into its log")
		case !person.Role.Includes(role):
			s.refuse(w, r, http.StatusForbidden, "this needs the role "+string(role)+", and yours is "+string(person.Role)+"; ask an operator")
		default:
			next.ServeHTTP(w, r.WithContext(With(r.Context(), person)))
		}
	})
}

// Open lets requests pass that need no log-in. A hub without a log-in still answers its own machine only:
// else each site could read the answers in a browser there, by a name that leads to a loopback address.
func (s *Service) Open(next http.Handler) http.Handler {
	if !s.Options.None {
		return next
	}
	return s.Require(Viewer, next)
}

// ask sends a browser to the login, and tells a program what is missing.
func (s *Service) ask(w http.ResponseWriter, r *http.Request) {
	if s.Options.None {
		s.refuse(w, r, http.StatusForbidden, "this hub has no login, and answers only this machine; open it as localhost, or configure a login")
		return
	}
	if r.Method == http.MethodGet && wantsPage(r) {
		http.Redirect(w, r, "/login?"+url.Values{"next": {r.URL.RequestURI()}}.Encode(), http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="cert-health hub"`)
	s.refuse(w, r, http.StatusUnauthorized, ErrNotLoggedIn.Error())
}

// refuse answers without a page of its own: it is for programs, and for what no link leads to.
func (s *Service) refuse(w http.ResponseWriter, _ *http.Request, status int, sentence string) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, sentence, status)
}

// wantsPage tells whether a browser asks for a page, and not a script of a page for a part of it.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") && r.Header.Get("HX-Request") == ""
}
