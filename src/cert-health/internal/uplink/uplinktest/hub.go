// Package uplinktest is a hub for tests: it takes messages over TLS with client certificates, keeps
// them, and answers as a test says. Its functions fail the spec instead of returning an error.
package uplinktest

import (
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"cert-health/internal/scenario"
	"cert-health/internal/secret"
	"cert-health/internal/uplink"
)

// Hub is a running hub. CA signs its certificate, and those of the agents that it accepts.
type Hub struct {
	CA     *scenario.Pair
	URL    string
	server *httptest.Server

	mutex      sync.Mutex
	answer     http.HandlerFunc // in place of the hub's own answers; nil: none
	heartbeats []uplink.Heartbeat
	reports    []uplink.Report
	handshakes []tls.ConnectionState
}

// Start starts a hub that ends with the spec. Its configuration of TLS may be changed before.
func Start(change func(*tls.Config)) *Hub {
	ginkgo.GinkgoHelper()
	h := &Hub{CA: scenario.Issue(scenario.Spec{CommonName: "agents", CA: true, NotAfter: time.Now().AddDate(10, 0, 0)})}
	own := scenario.Issue(scenario.Spec{CommonName: "hub", SANs: []string{"127.0.0.1"}, Issuer: h.CA})
	pair, err := tls.X509KeyPair([]byte(own.CertPEM()), []byte(own.KeyPEM()))
	gomega.Expect(err).NotTo(gomega.HaveOccurred())
	config := &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: x509.NewCertPool()}
	config.ClientCAs.AddCert(h.CA.X509)
	if change != nil {
		change(config)
	}
	h.server = httptest.NewUnstartedServer(h)
	h.server.TLS, h.server.Config.ErrorLog = config, log.New(ginkgo.GinkgoWriter, "", 0)
	h.server.StartTLS()
	h.URL = h.server.URL
	ginkgo.DeferCleanup(h.Stop)
	return h
}

// Stop ends the hub, and all requests.
func (h *Hub) Stop() {
	h.server.CloseClientConnections()
	h.server.Close()
}

// Options are those of an agent of the hub, with a new client certificate.
func (h *Hub) Options() uplink.Options {
	client := h.Issue(scenario.Spec{CommonName: "cert-health-agent"})
	return uplink.Options{URL: []string{h.URL}, CACert: h.CA.CertPEM(), Cert: client.CertPEM(), PrivateKey: secret.New(client.KeyPEM()),
		Interval: uplink.DefaultInterval}
}

// Issue makes a client certificate that the hub accepts.
func (h *Hub) Issue(spec scenario.Spec) *scenario.Pair {
	spec.Client, spec.Issuer = true, h.CA
	return scenario.Issue(spec)
}

// Answer lets a function answer all requests from now on, in place of the hub; nil lets the hub answer.
func (h *Hub) Answer(with http.HandlerFunc) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.answer = with
}

// Refuse answers with a status and a sentence.
func Refuse(status int, sentence string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(uplink.Refusal{Error: sentence})
	}
}

// Hang answers nothing until the request ends.
func Hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// HangUp closes the connection.
func HangUp(w http.ResponseWriter, _ *http.Request) {
	if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = connection.Close()
	}
}

// Heartbeats are those that the hub got, answered or not.
func (h *Hub) Heartbeats() []uplink.Heartbeat {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return append([]uplink.Heartbeat{}, h.heartbeats...)
}

// Reports are those that the hub got.
func (h *Hub) Reports() []uplink.Report {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return append([]uplink.Report{}, h.reports...)
}

// Handshakes are the states of TLS of all requests.
func (h *Hub) Handshakes() []tls.ConnectionState {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return append([]tls.ConnectionState{}, h.handshakes...)
}

// Forget forgets all reports, as a hub with another database.
func (h *Hub) Forget() {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.reports = nil
}

// ServeHTTP implements http.Handler.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mutex.Lock()
	own := h.take(r)
	with := h.answer
	h.mutex.Unlock()
	if with != nil {
		with(w, r)
		return
	}
	w.WriteHeader(own)
}

// take keeps a message, and returns the status of the hub's own answer.
func (h *Hub) take(r *http.Request) int {
	h.handshakes = append(h.handshakes, *r.TLS)
	switch r.URL.Path {
	case uplink.HeartbeatsPath:
		return h.heartbeat(r)
	case uplink.ReportsPath:
		return h.report(r)
	}
	return http.StatusNotFound
}

func (h *Hub) heartbeat(r *http.Request) int {
	var beat uplink.Heartbeat
	if json.NewDecoder(io.LimitReader(r.Body, uplink.MaxHeartbeat)).Decode(&beat) != nil {
		return http.StatusBadRequest
	}
	h.heartbeats = append(h.heartbeats, beat)
	if n := len(h.reports); h.answer == nil && (n == 0 || h.reports[n-1].Digest != beat.Digest) {
		return http.StatusConflict
	}
	return http.StatusNoContent
}

func (h *Hub) report(r *http.Request) int {
	var sent uplink.Report
	packed, err := gzip.NewReader(r.Body)
	if err != nil || json.NewDecoder(io.LimitReader(packed, uplink.MaxWholeReport)).Decode(&sent) != nil {
		return http.StatusBadRequest
	}
	if n := len(h.reports); h.answer == nil && n > 0 && !sent.Sequence.Newer(h.reports[n-1].Sequence) {
		return http.StatusConflict
	}
	h.reports = append(h.reports, sent)
	return http.StatusNoContent
}
