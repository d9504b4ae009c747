// Package hubclient calls the API of the hub, and keeps which hubs an operator uses.
//
// What is read from a hub is limited, and every call has a deadline. No error contains a token or a
// password. The texts of an answer come from others: who shows them must make them printable.
package hubclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"cert-health/internal/secret"
)

// Options say which hub is called, and as whom.
type Options struct {
	URL     string
	CACert  string        // CAs of the hub's certificate, in PEM; empty: those of the system
	Token   secret.Value  // empty: none
	Timeout time.Duration // of one call; 0 is DefaultTimeout
	Agent   string        // the program and its version
}

// DefaultTimeout is the default of Options.Timeout.
const DefaultTimeout = 30 * time.Second

// maxAnswer limits what is read of one answer. A page of 1,000 certificates has some 2 MB.
const maxAnswer = 64 << 20

// Client calls one hub.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client
}

// New prepares a client. It sends nothing.
func New(o Options) (*Client, error) {
	base, err := CheckURL(o.URL)
	if err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: o.Timeout, IdleConnTimeout: time.Minute}
	if o.CACert != "" {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM([]byte(o.CACert)) {
			return nil, errors.New("the CA of the hub contains no certificate: give --ca-cert a file in PEM")
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{options: o, base: base, http: &http.Client{
		Transport: transport, Timeout: o.Timeout,
		// A redirect would send the token to another place.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// CheckURL reads the URL of a hub. A token must not go over a network in the clear.
func CheckURL(text string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimSuffix(text, "/"))
	switch {
	case err != nil || base.Host == "" || base.Path != "" || base.RawQuery != "" || base.User != nil:
		return nil, errors.New("the URL of a hub is not valid: write it as https://certificates.example.com")
	case base.Scheme == "https", base.Scheme == "http" && loopback(base.Hostname()):
		return base, nil
	}
	return nil, errors.New("the URL of a hub must begin with https:// (or http:// on loopback)")
}

func loopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// call sends a request and decodes the answer into it; nil drops the answer.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, send, answer any) error {
	contents, _, err := c.send(ctx, method, path, query, send, "application/json")
	if err != nil || answer == nil {
		return err
	}
	if err := json.Unmarshal(contents, answer); err != nil {
		return fmt.Errorf("the answer of %s is not that of a hub: check the URL", c.base)
	}
	return nil
}

// send sends a request. It returns the answer and its status, which is that of a success.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, body any, accept string) ([]byte, int, error) {
	response, err := c.open(ctx, c.http, method, path, query, body, accept)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	return c.read(response)
}

// open sends a request. The caller closes the body of the answer.
func (c *Client) open(ctx context.Context, with *http.Client, method, path string, query url.Values, body any, accept string) (*http.Response, error) {
	var contents io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		contents = bytes.NewReader(encoded)
	}
	target := *c.base
	target.Path, target.RawQuery = path, query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), contents)
	if err != nil {
		return nil, errors.New("the URL of the hub is not valid")
	}
	request.Header.Set("Accept", accept)
	request.Header.Set("User-Agent", c.options.Agent)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if !c.options.Token.IsZero() {
		request.Header.Set("Authorization", "Bearer "+c.options.Token.Reveal())
	}
	response, err := with.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the hub at %s does not answer: %w; check the URL and the network", c.base, cause(err))
	}
	return response, nil
}

func (c *Client) read(response *http.Response) ([]byte, int, error) {
	contents, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, 0, fmt.Errorf("the answer of %s is not complete: %w", c.base, cause(err))
	case response.StatusCode/100 == 3:
		return nil, 0, fmt.Errorf("%s answers with a redirect: use the URL to which it leads", c.base)
	case response.StatusCode/100 != 2:
		return nil, 0, problemOf(c.base.String(), response, contents)
	case len(contents) > maxAnswer:
		return nil, 0, fmt.Errorf("the answer of %s has more than %d MB: ask for less, with a filter", c.base, maxAnswer>>20)
	}
	return contents, response.StatusCode, nil
}

// cause is an error of a request without its URL.
func cause(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	unknown, wrong := x509.UnknownAuthorityError{}, x509.HostnameError{}
	var timeout net.Error
	switch {
	case errors.As(err, &unknown):
		return errors.New("its certificate is not of a known CA (give the CA with cert-health login URL --ca-cert FILE; a script sets CERT_HEALTH_HUB_CA_CERT=FILE)")
	case errors.As(err, &wrong):
		return errors.New("its certificate is for another name")
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout():
		return errors.New("it took too long")
	}
	return err
}
