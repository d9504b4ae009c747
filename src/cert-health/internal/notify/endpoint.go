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

// Endpoint is the settings that every receiver has. Its URL is a secret: anyone who knows
// the URL of a Slack webhook can write to the channel.
type Endpoint struct {
	Name      string                  `yaml:"name"`
	URL       secret.Value            `yaml:"url"`
	Headers   map[string]secret.Value `yaml:"headers"`
	BasicAuth BasicAuth               `yaml:"basic_auth"`
	CACert    string                  `yaml:"ca_cert"` // PEM; empty: the CAs of the system
	Classes   []string                `yaml:"classes"` // empty: all
}

// BasicAuth is a user name and password.
type BasicAuth struct {
	Username string       `yaml:"username"`
	Password secret.Value `yaml:"password"`
}

func (e *Endpoint) endpoint() *Endpoint { return e }

// wants tells whether the endpoint gets notices of a class.
func (e *Endpoint) wants(class alert.Class) bool {
	return len(e.Classes) == 0 || slices.Contains(e.Classes, string(class))
}

// client makes the HTTP client of an endpoint. It takes proxies from the environment, where
// bpm puts the Director's proxies. It does not follow redirects, because they would get the
// headers with credentials.
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
