// Package opsman stands in for Tanzu Operations Manager 3: its list of deployed certificates, and its
// certificate authorities with their rotation. The bodies are those of its documentation; its client om
// cannot be had as a library.
//
// Calls at the same time fail without saying so, as those of Ops Manager do: the stand-in counts them.
package opsman

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cert-health/hub/internal/standin"
	"cert-health/hub/internal/standin/uaa"
	"cert-health/internal/scenario"
)

// Options of a server.
type Options struct {
	UAA        *uaa.Server // answers below /uaa
	V1         bool        // /api/v1/deployed/certificates exists
	Incomplete bool        // the setup is not complete
	Now        func() time.Time
}

// Certificate is a deployed certificate as the API shows it. The keys behind Procedure are those of v1.
type Certificate struct {
	Issuer            string `json:"issuer"`
	ValidFrom         string `json:"valid_from"`
	ValidUntil        string `json:"valid_until"`
	Configurable      bool   `json:"configurable"`
	PropertyReference string `json:"property_reference"`
	PropertyType      string `json:"property_type"`
	ProductGUID       string `json:"product_guid"`
	Location          string `json:"location"`
	VariablePath      string `json:"variable_path"`
	IsCA              bool   `json:"is_ca"`
	Procedure         string `json:"rotation_procedure_name"`
	ProcedureURL      string `json:"rotation_procedure_url"`

	Deployments    []string `json:"deployments,omitempty"`
	Outdated       []string `json:"outdated_deployments,omitempty"`
	RotationStatus string   `json:"rotation_status,omitempty"`
	Signs          []string `json:"signs,omitempty"`
}

// Server is the stand-in. It is an http.Handler.
type Server struct {
	options Options
	mux     *http.ServeMux
	now     func() time.Time
	running atomic.Int32
	clashes atomic.Int32

	before func()

	mutex        sync.Mutex
	certificates []Certificate
	authorities  []*authority
}

// New makes a server with one CA, which is active.
func New(options Options) *Server {
	s := &Server{options: options, mux: http.NewServeMux(), now: options.Now, before: func() {}}
	if s.now == nil {
		s.now = time.Now
	}
	s.authorities = []*authority{s.authority(scenario.Issue(scenario.Spec{CommonName: "opsmgr root", CA: true}))}
	s.authorities[0].Active = true
	for pattern, handle := range map[string]handler{
		"GET /api/v0/deployed/certificates":                      (*Server).list0,
		"GET /api/v0/certificate_authorities":                    (*Server).listAuthorities,
		"POST /api/v0/certificate_authorities/generate":          (*Server).generate,
		"POST /api/v0/certificate_authorities/{guid}/activate":   (*Server).activate,
		"POST /api/v0/certificate_authorities/active/regenerate": (*Server).regenerate,
		"DELETE /api/v0/certificate_authorities/{guid}":          (*Server).remove,
	} {
		s.mux.HandleFunc(pattern, s.authenticated(handle))
	}
	if options.V1 {
		s.mux.HandleFunc("GET /api/v1/deployed/certificates", s.authenticated((*Server).list1))
	}
	s.mux.Handle("/uaa/", http.StripPrefix("/uaa", options.UAA))
	return s
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Clashes counts the calls that came while another one was being answered.
func (s *Server) Clashes() int { return int(s.clashes.Load()) }

// SetCertificates replaces the deployed certificates.
func (s *Server) SetCertificates(list ...Certificate) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.certificates = list
}

// BeforeAnswer sets a function that is called within each call, before it is answered. It is set before
// the first call.
func (s *Server) BeforeAnswer(call func()) { s.before = call }

// handler answers while the mutex is held.
type handler func(s *Server, w http.ResponseWriter, r *http.Request)

func refuse(w http.ResponseWriter, status int, key, message string) {
	standin.JSON(w, status, map[string]any{"errors": map[string][]string{key: {message}}})
}

// authenticated checks the token. A call beside another one gets an empty answer, and no error.
func (s *Server) authenticated(handle handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		defer s.running.Add(-1)
		if s.running.Add(1) > 1 {
			s.clashes.Add(1)
			standin.JSON(w, http.StatusOK, map[string]any{})
			return
		}
		s.before()
		if s.options.Incomplete {
			refuse(w, http.StatusBadRequest, "base", "The setup is not complete.")
			return
		}
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		claims, err := s.options.UAA.Check(token, 0)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer realm="opsman"`)
			refuse(w, http.StatusUnauthorized, "authentication", "The access token is not valid.")
			return
		}
		if !claims.Has("opsman.admin") && (r.Method != http.MethodGet || !claims.Has("opsman.full_view")) {
			refuse(w, http.StatusForbidden, "authorization", "You are not authorized to perform this action.")
			return
		}
		s.mutex.Lock()
		defer s.mutex.Unlock()
		handle(s, w, r)
	}
}
