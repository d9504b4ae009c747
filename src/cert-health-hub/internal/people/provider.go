package people

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

const (
	providerTime = 10 * time.Second // for each request
	maxAnswer    = 1 << 20          // bytes of an answer of the provider
	maxCACert    = 1 << 20
)

// provider is an OpenID provider. It is asked for its addresses at the first login.
type provider struct {
	options  OIDC
	callback string
	client   *http.Client
	now      func() time.Time

	mu    sync.Mutex
	known *oidc.Provider
}

func newProvider(options OIDC, external string, now func() time.Time) (*provider, error) {
	if external == "" {
		return nil, errors.New("configure login.oidc: external_url is missing; the provider sends people back to it")
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: providerTime, IdleConnTimeout: time.Minute}
	if options.CACert != "" {
		roots, err := readCAs(options.CACert)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	client := &http.Client{Transport: limited{transport}, Timeout: providerTime}
	return &provider{options: options, callback: strings.TrimRight(external, "/") + "/oidc/callback", client: client, now: now}, nil
}

func readCAs(path string) (*x509.CertPool, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read login.oidc.ca_cert: %w; correct the path", err)
	}
	defer func() { _ = file.Close() }()
	contents, err := io.ReadAll(io.LimitReader(file, maxCACert))
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(contents) {
		return nil, errors.New("read login.oidc.ca_cert: it has no certificate in PEM; put the CA of the provider there")
	}
	return roots, nil
}

// limited bounds what is read of an answer.
type limited struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l limited) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// errProvider says that the provider could not be asked.
var errProvider = errors.New("the identity provider does not answer as one; check that it runs and that login.oidc.issuer is its issuer")

// with returns a context for requests to the provider.
func (p *provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// discover asks the provider for its addresses, once.
func (p *provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known != nil {
		return p.known, nil
	}
	found, err := oidc.NewProvider(p.with(ctx), p.options.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errProvider, err)
	}
	p.known = found
	return found, nil
}

// oauth is the configuration of the library. A UAA hands out a group of the person if it is asked for as a
// scope.
func (p *provider) oauth(found *oidc.Provider) *oauth2.Config {
	scopes := []string{oidc.ScopeOpenID}
	var offered struct {
		Scopes []string `json:"scopes_supported"`
	}
	_ = found.Claims(&offered)
	for _, scope := range []string{"profile", "email", p.options.groupsClaim()} {
		for _, supported := range offered.Scopes {
			if scope == supported && scope != "scope" {
				scopes = append(scopes, scope)
			}
		}
	}
	if p.options.groupsClaim() == "scope" {
		for _, group := range append(append([]string{}, p.options.Roles.Operator...), p.options.Roles.Viewer...) {
			if group != "*" {
				scopes = append(scopes, group)
			}
		}
	}
	return &oauth2.Config{ClientID: p.options.ClientID, ClientSecret: p.options.ClientSecret.Reveal(),
		Endpoint: found.Endpoint(), RedirectURL: p.callback, Scopes: scopes}
}
