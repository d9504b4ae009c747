// Package director stands in for the BOSH Director: deployments, instances, tasks, variables, configs,
// events and the ends of certificates, behind UAA or with users of its own.
package director

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/uaa"
)

// Options of a server.
type Options struct {
	UAA    *uaa.Server // nil: users of the Director itself
	UAAURL string
	Users  map[string]string // names and passwords, without UAA
	UUID   string
}

// Server is the stand-in. It is an http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux

	mutex        sync.Mutex
	deployments  []Deployment
	certificates []Expiry // nil: the file is missing
	configs      []Config
	events       []Event
	tasks        []task
	full         Full
}

// New makes a server.
func New(options Options) *Server {
	s := &Server{options: options, mux: http.NewServeMux()}
	for pattern, route := range map[string]route{
		"GET /deployments":                           {(*Server).list, reads},
		"GET /deployments/{name}":                    {(*Server).show, reads},
		"GET /deployments/{name}/instances":          {(*Server).instances, reads},
		"GET /deployments/{name}/certificate_expiry": {(*Server).expiries, reads},
		"GET /deployments/{name}/variables":          {(*Server).variables, administers},
		"GET /director/certificate_expiry":           {(*Server).own, reads},
		"GET /configs":                               {(*Server).listConfigs, reads},
		"GET /events":                                {(*Server).listEvents, reads},
		"GET /tasks/{id}":                            {(*Server).task, reads},
		"GET /tasks/{id}/output":                     {(*Server).output, reads},
	} {
		s.mux.HandleFunc(pattern, s.authorized(route))
	}
	s.mux.HandleFunc("GET /info", s.info)
	return s
}

// route is a handler, which is called while the mutex is held, and the right that it needs.
type route struct {
	handle func(s *Server, w http.ResponseWriter, r *http.Request, actor actor)
	right  right
}

type right int

const (
	reads right = iota
	administers
)

// actor is someone who is logged in.
type actor struct {
	admin bool
	all   bool     // sees all deployments
	teams []string // whose deployments it sees otherwise
}

func (a actor) sees(d Deployment) bool {
	return a.all || slices.ContainsFunc(d.Teams, func(team string) bool { return slices.Contains(a.teams, team) })
}

// ServeHTTP answers a request. Paths that do not exist are a 404 in plain words.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, pattern := s.mux.Handler(r); pattern == "" {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, "Endpoint '%s' not found\n", r.URL.Path)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	authentication := map[string]any{"type": "basic", "options": map[string]any{}}
	if s.options.UAA != nil {
		authentication = map[string]any{"type": "uaa", "options": map[string]any{"url": s.options.UAAURL, "urls": []string{s.options.UAAURL}}}
	}
	standin.JSON(w, http.StatusOK, map[string]any{"name": "director", "uuid": s.options.UUID, "version": "282.0.4 (00000000)", "user": nil, "cpi": "warden_cpi",
		"features": map[string]any{"config_server": map[string]any{"status": true, "extras": map[string]any{}}}, "user_authentication": authentication})
}

func (s *Server) authorized(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, known := s.actor(r)
		if !known || !s.permits(actor, route.right) {
			w.Header().Set("WWW-Authenticate", `Basic realm="BOSH Director"`)
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, "Not authorized: '%s'\n", r.URL.Path)
			return
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		route.handle(s, w, r, actor)
	}
}

func (s *Server) permits(a actor, right right) bool {
	return a.admin || right == reads && (a.all || len(a.teams) > 0)
}

// actor finds out who asks, by a token or by a password.
func (s *Server) actor(r *http.Request) (a actor, known bool) {
	if s.options.UAA == nil {
		name, password, _ := r.BasicAuth()
		expected, known := s.options.Users[name]
		return actor{admin: true, all: true}, known && expected == password
	}
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	claims, err := s.options.UAA.Check(token, 0)
	if !strings.EqualFold(kind, "bearer") || err != nil {
		return a, false
	}
	for _, scope := range claims.Scope {
		parts := strings.Split(scope, ".")
		switch {
		case scope == "bosh.admin", scope == "bosh."+s.options.UUID+".admin":
			a.admin, a.all = true, true
		case scope == "bosh.read", scope == "bosh."+s.options.UUID+".read":
			a.all = true
		case len(parts) == 4 && parts[1] == "teams":
			a.teams = append(a.teams, parts[2])
		}
	}
	return a, true
}

// fail answers with an error of the domain.
func fail(w http.ResponseWriter, status, code int, format string, values ...any) {
	standin.JSON(w, status, map[string]any{"code": code, "description": fmt.Sprintf(format, values...)})
}

// number reads a parameter.
func number(text string, otherwise int) int {
	if n, err := strconv.Atoi(text); err == nil {
		return n
	}
	return otherwise
}
