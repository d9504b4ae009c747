// Package notify brings notices to those who shall know. Each receiver has a queue
// and a goroutine of its own, so that one that hangs costs nobody else anything.
package notify

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"slices"
	"time"

	"cert-health/internal/alert"
)

// Secret is a text that no log, error or test failure shows.
type Secret string

// String stands for the secret.
func (Secret) String() string { return "***" }

// GoString stands for the secret too.
func (Secret) GoString() string { return `"***"` }

// Endpoint is where a receiver listens. Its URL is a secret: whoever knows that of a
// Slack webhook can write to the channel.
type Endpoint struct {
	Name      string            `json:"name"`
	URL       Secret            `json:"url"`
	Headers   map[string]Secret `json:"headers"`
	BasicAuth BasicAuth         `json:"basic_auth"`
	CACert    string            `json:"ca_cert"` // PEM; empty: the system's
	Classes   []string          `json:"classes"` // empty: all
}

// BasicAuth is a user and password.
type BasicAuth struct {
	Username string `json:"username"`
	Password Secret `json:"password"`
}

// Delivery is how all receivers are served.
type Delivery struct {
	Timeout time.Duration // of one attempt
	Queue   int           // notices that wait for one receiver
	// GiveUpAfter is how long one notice is tried, while others wait behind it.
	GiveUpAfter time.Duration
}

// wants says whether a class is for this endpoint.
func (e *Endpoint) wants(class alert.Class) bool {
	return len(e.Classes) == 0 || slices.Contains(e.Classes, string(class))
}

// client makes the HTTP client of an endpoint. It takes proxies from the environment,
// into which bpm puts the Director's. It follows no redirect: headers with
// credentials would follow too.
func (e *Endpoint) client(timeout time.Duration) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        1,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: timeout,
	}
	if e.CACert != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(e.CACert))
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Stats are what a receiver has done so far.
type Stats struct {
	Name      string
	Delivered uint64
	Dropped   uint64
	Queued    int
}

// Logger takes what operators should read. It is a part of bosh-utils' logger.
type Logger interface {
	Info(tag, message string, values ...any)
	Warn(tag, message string, values ...any)
	Error(tag, message string, values ...any)
}
