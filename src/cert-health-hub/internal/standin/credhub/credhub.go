// Package credhub stands in for CredHub 2.15: its certificates with their versions, the rules for
// transitional versions, regeneration, permissions, and its two ways to log in. Keys are on P-256, which
// are made faster than the RSA keys of CredHub.
package credhub

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/uaa"
)

// Options of a server.
type Options struct {
	UAA            *uaa.Server
	UAAURL         string
	ConcatenateCAs bool // certificates.concatenate_cas
	ReadOnly       bool // maintenance: writing fails
	Now            func() time.Time
}

// Server is the stand-in. It is an http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux

	mutex       sync.Mutex
	credentials map[string]*credential // by name
	permissions []Permission
	reads       int
}

// New makes an empty server.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, mux: http.NewServeMux(), credentials: map[string]*credential{}}
	for pattern, handle := range map[string]handler{
		"GET /api/v1/certificates":                                  (*Server).listCertificates,
		"GET /api/v1/certificates/{id}/versions":                    (*Server).listVersions,
		"POST /api/v1/certificates/{id}/versions":                   (*Server).addVersion,
		"DELETE /api/v1/certificates/{id}/versions/{version}":       (*Server).deleteVersion,
		"POST /api/v1/certificates/{id}/regenerate":                 (*Server).regenerateByID,
		"PUT /api/v1/certificates/{id}/update_transitional_version": (*Server).updateTransitional,
		"GET /api/v1/data":                                          (*Server).getData,
		"GET /api/v1/data/{id}":                                     (*Server).getVersion,
		"PUT /api/v1/data":                                          (*Server).setData,
		"POST /api/v1/data":                                         (*Server).generateData,
		"DELETE /api/v1/data":                                       (*Server).deleteData,
		"POST /api/v1/regenerate":                                   (*Server).regenerateByName,
		"POST /api/v1/bulk-regenerate":                              (*Server).bulkRegenerate,
		"POST /api/v2/permissions":                                  (*Server).addPermission,
		"GET /api/v2/permissions":                                   (*Server).getPermission,
		"GET /version":                                              (*Server).version,
	} {
		s.mux.HandleFunc(pattern, s.authenticated(handle))
	}
	s.mux.HandleFunc("GET /info", s.info)
	s.mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		standin.JSON(w, http.StatusOK, map[string]string{"status": "UP"})
	})
	return s
}

// handler answers for an actor, while the mutex is held. A nil answer is a body that is empty.
type handler func(s *Server, actor string, r *http.Request) (any, error)

// ServeHTTP answers a request. A path may end with a slash. A wrong method is a 404 without a body.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.Path) > 1 {
		r.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
	}
	if _, pattern := s.mux.Handler(r); pattern == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// failure is an answer that is an error.
type failure struct {
	status  int
	Message string `json:"error"`
}

// Error returns the sentence.
func (f *failure) Error() string { return f.Message }

func fail(status int, format string, values ...any) error {
	return &failure{status, fmt.Sprintf(format, values...)}
}

// notFound is the answer for what does not exist and for what the actor may not read.
func notFound() error {
	return fail(http.StatusNotFound, "The request could not be completed because the credential does not exist or you do not have sufficient authorization.")
}

func (s *Server) authenticated(handle handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		actor, refused := s.actor(r)
		if refused != nil {
			standin.JSON(w, refused.status, refused)
			return
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		if r.Method != http.MethodGet && s.options.ReadOnly {
			handle = readOnly
		}
		answer, err := handle(s, actor, r)
		switch f := (*failure)(nil); {
		case errors.As(err, &f):
			standin.JSON(w, f.status, f)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			standin.JSON(w, http.StatusOK, answer)
		}
	}
}

func readOnly(*Server, string, *http.Request) (any, error) {
	return nil, fail(http.StatusServiceUnavailable, "The server is in maintenance mode.")
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	standin.JSON(w, http.StatusOK, map[string]any{"auth-server": map[string]string{"url": s.options.UAAURL}, "app": map[string]string{"name": "CredHub"}})
}

func (s *Server) version(string, *http.Request) (any, error) {
	return map[string]string{"version": "2.15.20"}, nil
}

// decode reads a body.
func decode(r *http.Request, into any) error {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		return fail(http.StatusBadRequest, "The request could not be fulfilled because the request path or body did not meet expectation. Please check the documentation for required formatting and retry your request.")
	}
	return nil
}
