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
	"cert-health/internal/secret"
)

// Endpoint is where a receiver listens. Its URL is a secret: whoever knows that of a
// Slack webhook can write to the channel.
type Endpoint struct {
	Name      string                  `yaml:"name"`
	URL       secret.Value            `yaml:"url"`
	Headers   map[string]secret.Value `yaml:"headers"`
	BasicAuth BasicAuth               `yaml:"basic_auth"`
	CACert    string                  `yaml:"ca_cert"` // PEM; empty: the system's
	Classes   []string                `yaml:"classes"` // empty: all
}

// BasicAuth is a user and password.
type BasicAuth struct {
	Username string       `yaml:"username"`
	Password secret.Value `yaml:"password"`
}

// Delivery is how all receivers are served.
type Delivery struct {
	Timeout time.Duration `yaml:"timeout"` // of one attempt
	Queue   int           `yaml:"queue"`   // notices that wait for one receiver
	// GiveUpAfter is how long one notice is tried, while others wait behind it.
	GiveUpAfter time.Duration `yaml:"give_up_after"`
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
