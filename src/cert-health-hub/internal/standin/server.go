// Package standin serves the stand-ins over TLS. The packages below it stand in for servers that
// tests cannot start: UAA, CredHub, the Director and Ops Manager. Each copies the behaviour on which
// clients depend, and its tests drive it with the official client. The program does not import them.
package standin

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"sync/atomic"

	"cert-health/internal/scenario"
)

// Server is a handler behind TLS on loopback.
type Server struct {
	URL  string
	Own  *scenario.Pair // its certificate
	CA   *scenario.Pair // that signed Own
	http *httptest.Server

	mutex    sync.Mutex
	instead  http.HandlerFunc
	requests atomic.Int64
}

// Serve starts a server with a certificate of the CA. It asks clients for a certificate, and accepts
// none of another CA.
func Serve(handler http.Handler, ca *scenario.Pair) (*Server, error) {
	s := &Server{CA: ca, Own: scenario.Issue(scenario.Spec{CommonName: "127.0.0.1", SANs: []string{"127.0.0.1"}, Server: true, Issuer: ca})}
	pair, err := tls.X509KeyPair([]byte(s.Own.CertPEM()), []byte(s.Own.KeyPEM()))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca.X509)
	s.http = httptest.NewUnstartedServer(s.handler(handler))
	s.http.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool, MinVersion: tls.VersionTLS12}
	s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // tests end handshakes on purpose
	s.http.StartTLS()
	s.URL = s.http.URL
	return s, nil
}

// handler lets a test answer instead of the stand-in.
func (s *Server) handler(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.requests.Add(1)
		s.mutex.Lock()
		instead := s.instead
		s.mutex.Unlock()
		if instead != nil {
			w = &noted{ResponseWriter: w}
			if instead(w, r); w.(*noted).written {
				return
			}
		}
		handler.ServeHTTP(w, r)
	})
}

// noted knows whether something was answered.
type noted struct {
	http.ResponseWriter
	written bool
}

// WriteHeader notes the answer.
func (n *noted) WriteHeader(status int) {
	n.written = true
	n.ResponseWriter.WriteHeader(status)
}

// Write notes the answer.
func (n *noted) Write(body []byte) (int, error) {
	n.written = true
	return n.ResponseWriter.Write(body)
}

// Unwrap lets http.ResponseController find the writer.
func (n *noted) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// Instead makes a function answer first. If it writes nothing, the stand-in answers. Nil ends that.
func (s *Server) Instead(answer http.HandlerFunc) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.instead = answer
}

// Requests counts the requests since the start.
func (s *Server) Requests() int { return int(s.requests.Load()) }

// CAFile writes the CA to a file.
func (s *Server) CAFile(path string) error {
	return os.WriteFile(path, []byte(s.CA.CertPEM()), 0o600)
}

// Close ends the server and its connections.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// JSON answers with a status and a value.
func JSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
