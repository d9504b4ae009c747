package client

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
)

// Client sends requests to one Vault. It is safe for concurrent use.
type Client struct {
	options   Options
	api       *api.Client
	transport *transport
	session   session
	mounts    mounts
	redactor  redactor
	requests  atomic.Int64
	retries   atomic.Int64 // number of retries that are still permitted
	answered  atomic.Bool  // Vault has answered at least once
	skew      atomic.Int64 // Vault's clock minus the clock of this machine, in nanoseconds

	chain atomic.Pointer[[]*x509.Certificate] // that the server showed last

	unanswered atomic.Int64 // number of consecutive requests without an answer
}

// New prepares a client. It sends nothing.
func New(options Options) (*Client, error) {
	if options.Address == "" {
		return nil, errors.New("the address of Vault is missing: set cert_health.vault.address, or VAULT_ADDR")
	}
	if _, err := url.Parse(options.Address); err != nil {
		return nil, errors.New("the address of Vault is not a valid URL: correct " + options.Name(settingAddress)) // it may contain a password
	}
	c := &Client{options: options.withDefaults()}
	c.session.mutex, c.mounts.asking = newContextMutex(), newContextMutex()
	c.redactor.add(options.Auth.Token.Reveal())
	c.redactor.add(options.Auth.AppRole.SecretID.Reveal())
	c.AllowRetries(unlimited)
	var err error
	c.api, err = c.newAPI()
	return c, err
}

func (c *Client) newAPI() (*api.Client, error) {
	config := api.DefaultConfig()
	if config.Error != nil {
		// The library reads the VAULT_ variables by itself.
		return nil, fmt.Errorf("read the VAULT_ variables: %w", config.Error)
	}
	config.Address, config.AgentAddress = c.options.Address, ""
	config.Timeout = c.requestTime()
	config.MaxRetries = c.options.MaxRetries
	config.MinRetryWait = shortestWait
	config.MaxRetryWait = c.options.MaxWait
	config.CheckRetry = c.checkRetry
	config.Backoff = backoff
	config.Limiter = nil // the transport limits retries too
	if err := config.ConfigureTLS(c.options.authorities()); err != nil {
		return nil, fmt.Errorf("prepare TLS for Vault: %w", err)
	}
	inner, ok := config.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("prepare the client for Vault: its library does not use the transport of net/http")
	}
	c.transport = newTransport(c, inner)
	config.HttpClient.Transport = c.transport
	config.HttpClient.CheckRedirect = c.checkRedirect
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("prepare the client for Vault: %w", err)
	}
	// The library takes the token, the namespace and the wrapping of answers from the
	// environment. Here only the options count.
	client.ClearToken()
	client.ClearNamespace()
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	if c.options.Namespace != "" {
		client.SetNamespace(c.options.Namespace)
	}
	return client, nil
}

// anonymous returns a client without a token, for log-ins. The other requests keep their token
// until the log-in succeeds.
func (c *Client) anonymous() (*api.Client, error) {
	client, err := c.api.CloneWithHeaders()
	if err != nil {
		return nil, fmt.Errorf("prepare the client for Vault: %w", err)
	}
	client.ClearToken()
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// requestTime is the longest time of a request with its retries.
func (c *Client) requestTime() time.Duration {
	if c.options.RequestTime > 0 {
		return c.options.RequestTime
	}
	return maxRequestTime
}

// name names a setting in messages.
func (c *Client) name(s setting) string { return c.options.Name(s) }

// Requests is the number of requests so far, retries included.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Skew is how far Vault's clock is ahead of this machine's clock, in whole seconds, at the time
// of the last answer.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

// Unanswered is the number of consecutive requests for which Vault was unreachable or too busy.
// It does not count retries.
func (c *Client) Unanswered() int { return int(c.unanswered.Load()) }

// Concurrency is the largest number of concurrent requests.
func (c *Client) Concurrency() int { return c.options.Concurrency }
