package notify

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Endpoint is the settings that every receiver has.
type Endpoint struct {
	Name    string `yaml:"name"`
	Target  `yaml:",inline"`
	Classes []string `yaml:"classes"` // empty: all
}

// Target is where messages are sent by HTTP. Its URL is a secret: anyone who knows the URL of a
// Slack webhook can write to the channel.
type Target struct {
	URL       secret.Value            `yaml:"url"`
	Headers   map[string]secret.Value `yaml:"headers"`
	BasicAuth BasicAuth               `yaml:"basic_auth"`
	CACert    string                  `yaml:"ca_cert"` // PEM; empty: the CAs of the system
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

// client makes the HTTP client of a target. It takes proxies from the environment, where
// bpm puts the Director's proxies. It does not follow redirects, because they would get the
// headers with credentials.
func (t *Target) client(timeout time.Duration) *http.Client {
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		ForceAttemptHTTP2:   true,
		MaxIdleConns:        1,
		IdleConnTimeout:     time.Minute,
		TLSHandshakeTimeout: timeout,
	}
	if t.CACert != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(t.CACert))
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{
		Transport:     transport,
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Problems returns all faults of the settings at a path.
func (t *Target) Problems(at string) (problems strict.Problems) {
	problems = checkURL(at+".url", t.URL.Reveal())
	if t.CACert != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(t.CACert)) {
		problems.Add("%s.ca_cert contains no certificate: set it to the PEM text, not to the name of a file", at)
	}
	if t.BasicAuth.Username == "" && !t.BasicAuth.Password.IsZero() {
		problems.Add("%s.basic_auth.username is missing", at)
	}
	return problems
}

// checkURL does not quote the URL: it may be a secret as a whole.
func checkURL(at, text string) (problems strict.Problems) {
	parsed, err := url.Parse(text)
	switch {
	case text == "":
		problems.Add("%s is missing", at)
	case err != nil || parsed.Host == "" || parsed.Scheme != "https" && parsed.Scheme != "http":
		problems.Add("%s is not a valid URL: it must begin with https:// or http:// and a host", at)
	}
	return problems
}
