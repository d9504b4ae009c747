// Package uaa stands in for UAA: it issues tokens to clients and users, as the official clients of
// CredHub, the Director and Ops Manager request them.
package uaa

import (
	"net/http"
	"net/url"
	"sync"
	"time"

	"cert-health/hub/internal/standin"
)

// Client is a client that is registered with UAA.
type Client struct {
	Secret string
	Scopes []string // of its own tokens
	Grants []string // empty: client_credentials
}

// User is a user of UAA.
type User struct {
	Password string
	Scopes   []string
}

// Options of a server.
type Options struct {
	Clients  map[string]Client
	Users    map[string]User
	Lifetime time.Duration    // of a token; 0 is 12 hours
	Now      func() time.Time // nil is time.Now
}

// Server is the stand-in. It is an http.Handler.
type Server struct {
	options Options
	key     []byte
	mux     *http.ServeMux

	mutex       sync.Mutex
	refresh     map[string]Claims
	revoked     map[string]bool
	endedBefore int64
	issued      int
}

// New makes a server.
func New(options Options) *Server {
	if options.Lifetime == 0 {
		options.Lifetime = 12 * time.Hour
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	s := &Server{options: options, key: []byte(identifier()), mux: http.NewServeMux(), refresh: map[string]Claims{}, revoked: map[string]bool{}}
	s.mux.HandleFunc("GET /info", s.info)
	s.mux.HandleFunc("POST /oauth/token", s.token)
	s.mux.HandleFunc("DELETE /oauth/token/revoke/{id}", s.revoke)
	return s
}

func (s *Server) now() time.Time { return s.options.Now() }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Issued counts the tokens that were issued.
func (s *Server) Issued() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.issued
}

// EndTokens lets all tokens end now. A token that is issued afterwards ends later than all of them.
func (s *Server) EndTokens() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.endedBefore = s.now().Add(s.options.Lifetime).Unix() + 1
	s.options.Lifetime += 2 * time.Second
}

func (s *Server) info(w http.ResponseWriter, _ *http.Request) {
	standin.JSON(w, http.StatusOK, map[string]any{"app": map[string]string{"version": "77.20.0"},
		"prompts": map[string]any{"username": []string{"text", "Email"}, "password": []string{"password", "Password"}}})
}

// refuse answers as UAA does.
func refuse(w http.ResponseWriter, status int, code, description string) {
	standin.JSON(w, status, map[string]string{"error": code, "error_description": description})
}

func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	s.revoked[r.PathValue("id")] = true
	s.mutex.Unlock()
	w.WriteHeader(http.StatusOK)
}

// credentials are in the form, as credhub-cli sends them, or in the Basic header, encoded as RFC 6749
// has it or, as bosh-cli does, not encoded.
func credentials(r *http.Request) (id, secret string) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	decodedID, errID := url.QueryUnescape(id)
	decodedSecret, errSecret := url.QueryUnescape(secret)
	if errID != nil || errSecret != nil {
		return id, secret
	}
	return decodedID, decodedSecret
}
