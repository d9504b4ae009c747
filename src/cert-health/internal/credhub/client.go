// Package credhub is a small client of CredHub for what operators change: it lists certificates and their
// versions, has CredHub regenerate them, and moves the transitional flag. No private key is sent to CredHub, and none is
// kept from it: CredHub's answers about a version contain its key, which is not decoded, and the bytes
// are wiped.
package credhub

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"cert-health/internal/secret"
)

// Options of one CredHub.
type Options struct {
	Address      string // https://HOST:8844
	CACert       string // the CAs of CredHub and of its UAA, in PEM; empty: those of the system
	ClientID     string // a client of UAA with the scopes credhub.read and credhub.write
	ClientSecret secret.Value
	Timeout      time.Duration // of one request; 0 is DefaultTimeout
	Agent        string        // the program and its version
}

// DefaultTimeout is the default of Options.Timeout. CredHub makes RSA keys while it is asked.
const DefaultTimeout = 60 * time.Second

// maxAnswer limits what is read of one answer. A list of 50,000 certificates has some 30 MB.
const maxAnswer = 64 << 20

// The variables of credhub-cli.
const (
	AddressVariable = "CREDHUB_SERVER"
	ClientVariable  = "CREDHUB_CLIENT"
	SecretVariable  = "CREDHUB_SECRET"
	CAVariable      = "CREDHUB_CA_CERT"
)

// FromEnvironment takes the options from the variables of credhub-cli.
func FromEnvironment(env func(string) string) (Options, error) {
	o := Options{Address: env(AddressVariable), ClientID: env(ClientVariable), ClientSecret: secret.New(env(SecretVariable)), CACert: env(CAVariable)}
	switch {
	case o.Address == "":
		return o, fmt.Errorf("the address of CredHub is missing: set %s=https://credhub.service.cf.internal:8844", AddressVariable)
	case o.ClientID == "" || o.ClientSecret.IsZero():
		return o, fmt.Errorf("the login at CredHub is missing: set %s and %s to a client of UAA with the scopes credhub.read and credhub.write", ClientVariable, SecretVariable)
	case o.CACert == "" || strings.Contains(o.CACert, "-----BEGIN "):
		return o, nil
	}
	contents, err := os.ReadFile(o.CACert)
	if err != nil {
		return o, fmt.Errorf("%s names no file that can be read: set it to a file with the CA, or to the CA in PEM", CAVariable)
	}
	o.CACert = string(contents)
	return o, nil
}

// Client sends requests to one CredHub. It is safe for concurrent use.
type Client struct {
	options Options
	base    *url.URL
	http    *http.Client

	mutex sync.Mutex // held while a token is got
	token secret.Value
}

// New prepares a client. It sends nothing.
func New(o Options) (*Client, error) {
	base, err := url.Parse(strings.TrimSuffix(o.Address, "/"))
	if err != nil || base.Host == "" || base.Scheme != "https" || base.User != nil {
		return nil, fmt.Errorf("the address of CredHub is not valid: write %s as https://credhub.service.cf.internal:8844", AddressVariable)
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: o.Timeout, IdleConnTimeout: time.Minute}
	if o.CACert != "" {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM([]byte(o.CACert)) {
			return nil, fmt.Errorf("%s contains no certificate: set it to the CA of CredHub in PEM", CAVariable)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &Client{options: o, base: base, http: &http.Client{
		Transport: transport, Timeout: o.Timeout,
		// A redirect would send the token to another place.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// call sends a request and decodes the answer into it; nil drops the answer. A token that CredHub does not accept any
// more is replaced once.
func (c *Client) call(ctx context.Context, method, path string, query url.Values, send, answer any) error {
	used, err := c.login(ctx, secret.Value{})
	if err != nil {
		return err
	}
	err = c.once(ctx, used, method, path, query, send, answer)
	if refused := (*Refusal)(nil); errors.As(err, &refused) && refused.Status == http.StatusUnauthorized {
		if used, err = c.login(ctx, used); err != nil {
			return err
		}
		err = c.once(ctx, used, method, path, query, send, answer)
	}
	return err
}

func (c *Client) once(ctx context.Context, token secret.Value, method, path string, query url.Values, send, answer any) error {
	var body io.Reader
	if send != nil {
		encoded, err := json.Marshal(send)
		if err != nil {
			return fmt.Errorf("encode the request: %w", err)
		}
		body = bytes.NewReader(encoded)
	}
	target := *c.base
	target.Path, target.RawQuery = target.Path+path, query.Encode()
	request, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return errors.New("the address of CredHub is not valid")
	}
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	if send != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return c.do(request, "CredHub", answer)
}

// do sends a request. The answer is wiped after it is decoded: it may hold private keys.
func (c *Client) do(request *http.Request, who string, answer any) error {
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", c.options.Agent)
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("%s at %s does not answer: %w; check %s and the network", who, request.URL.Host, cause(err), AddressVariable)
	}
	defer response.Body.Close()
	contents, err := read(response)
	defer clear(contents)
	switch {
	case err != nil:
		return fmt.Errorf("the answer of %s is not complete: %w", who, cause(err))
	case response.StatusCode/100 != 2:
		return refusalOf(who, response.StatusCode, contents)
	case answer == nil:
		return nil
	case json.Unmarshal(contents, answer) != nil: // its error may quote the answer
		return fmt.Errorf("the answer of %s has another form than expected: check that %s is that of CredHub", who, AddressVariable)
	}
	return nil
}

var errLarge = fmt.Errorf("it has more than %d MB", maxAnswer>>20)

// read reads an answer. If its length is known, the buffer does not grow: it would leave copies.
func read(response *http.Response) ([]byte, error) {
	size := min(max(response.ContentLength, 0), maxAnswer)
	into := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := into.ReadFrom(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && into.Len() > maxAnswer {
		err = errLarge
	}
	return into.Bytes(), err
}
