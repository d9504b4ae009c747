package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
)

// Client speaks to one Vault. Its methods may be called concurrently.
type Client struct {
	options   Options
	api       *api.Client
	transport *transport
	session   session
	mounts    mounts
	redactor    redactor
	requests  atomic.Int64
	retries   atomic.Int64 // that may still be sent
	answered  atomic.Bool  // Vault has answered at least once
	skew      atomic.Int64 // Vault's clock less ours, in nanoseconds

	unanswered atomic.Int64 // requests in a row
}

// New prepares a client. It sends nothing: a Vault that is down is a matter for
// Authenticate.
func New(options Options) (*Client, error) {
	if options.Address == "" {
		return nil, errors.New("the address of Vault is missing")
	}
	if _, err := url.Parse(options.Address); err != nil {
		return nil, errors.New("the address of Vault is not a URL") // it may hold a password
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
		// The library reads the VAULT_ variables on its own.
		return nil, fmt.Errorf("read the VAULT_ variables: %w", config.Error)
	}
	config.Address, config.AgentAddress = c.options.Address, ""
	config.Timeout = maxRequestTime
	config.MaxRetries = c.options.MaxRetries
	config.MinRetryWait = shortestWait
	config.MaxRetryWait = c.options.MaxWait
	config.CheckRetry = c.checkRetry
	config.Backoff = backoff
	config.Limiter = nil // ours counts retries as well
	if err := config.ConfigureTLS(&api.TLSConfig{CACert: c.options.CACert}); err != nil {
		return nil, fmt.Errorf("prepare TLS for Vault: %w", err)
	}
	inner, ok := config.HttpClient.Transport.(*http.Transport)
	if !ok {
		return nil, errors.New("prepare the client for Vault: its library has another transport than net/http's")
	}
	c.transport = newTransport(c, inner)
	config.HttpClient.Transport = c.transport
	config.HttpClient.CheckRedirect = c.checkRedirect
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("prepare the client for Vault: %w", err)
	}
	// The library takes over token and namespace from the environment, and whether
	// answers are wrapped; here the options alone count.
	client.ClearToken()
	client.ClearNamespace()
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	if c.options.Namespace != "" {
		client.SetNamespace(c.options.Namespace)
	}
	return client, nil
}

// anonymous is a client without a token, to log in with: until that has gone well, the
// others keep the token that they have.
func (c *Client) anonymous() (*api.Client, error) {
	client, err := c.api.CloneWithHeaders()
	if err != nil {
		return nil, fmt.Errorf("prepare the client for Vault: %w", err)
	}
	client.ClearToken()
	client.SetWrappingLookupFunc(func(string, string) string { return "" })
	return client, nil
}

// Requests is how many requests were sent so far, retries included.
func (c *Client) Requests() int { return int(c.requests.Load()) }

// Skew is how far Vault's clock is ahead of ours, to the second, as of its last
// answer.
func (c *Client) Skew() time.Duration { return time.Duration(c.skew.Load()) }

// Unanswered is how many requests in a row Vault was not there to answer, or too busy,
// retries not counted.
func (c *Client) Unanswered() int { return int(c.unanswered.Load()) }

// Concurrency is how many requests may be under way at once.
func (c *Client) Concurrency() int { return c.options.Concurrency }
