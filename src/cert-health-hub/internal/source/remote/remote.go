// Package remote is what the sources share that ask a server by HTTPS: verified TLS, limits of what is
// read, a context for libraries that have none, tokens of UAA, and one sentence for each failure.
//
// No sentence quotes an answer or a request: both may hold credentials.
package remote

import (
	"context"
	"crypto/x509"
	"net/http"
	"sync"
	"time"

	"cert-health/internal/secret"
)

// Options of a server.
type Options struct {
	Product     string       // its name in messages: "CredHub"
	CACert      string       // the CAs of its certificate, PEM or a file with it; empty: the system's CAs
	Certificate string       // a client certificate, PEM or a file with it; empty: none
	PrivateKey  secret.Value // its key, PEM or a file with it
	Now         func() time.Time
}

// requestTime is how long one request may take with its answer.
const requestTime = time.Minute

// Remote asks a server, and the UAA that belongs to it. Begin and End enclose the requests of one
// collection.
type Remote struct {
	options   Options
	transport *http.Transport

	mutex     sync.Mutex
	ctx       context.Context // of the collection: official clients make requests without a context
	requests  int
	endpoints map[string][]*x509.Certificate // by host and port
}

// New prepares the requests. It sends nothing.
func New(options Options) (*Remote, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	r := &Remote{options: options, ctx: context.Background()}
	settings, err := r.tls()
	if err != nil {
		return nil, err
	}
	r.transport = &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: settings, TLSHandshakeTimeout: 10 * time.Second,
		ResponseHeaderTimeout: requestTime, MaxResponseHeaderBytes: maxHeader, MaxIdleConnsPerHost: 32,
	}
	return r, nil
}

// Begin begins a collection: its requests end with the context.
func (r *Remote) Begin(ctx context.Context) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.ctx, r.requests, r.endpoints = ctx, 0, map[string][]*x509.Certificate{}
}

// End closes the connections, so that the next collection sees the certificates of then.
func (r *Remote) End() { r.transport.CloseIdleConnections() }

// Requests counts the requests since Begin.
func (r *Remote) Requests() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.requests
}

// Client is an HTTP client for the server. It follows no redirect: the next server could be another
// one, and a credential must not go there.
func (r *Remote) Client() *http.Client {
	return &http.Client{Transport: r, Timeout: requestTime, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}
