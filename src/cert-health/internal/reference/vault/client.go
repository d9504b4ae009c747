package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/hashicorp/vault/api"
)

// Source is one Vault. Its methods must not be called concurrently.
type Source struct {
	options  Options
	client   *api.Client
	session  session
	requests atomic.Int64
	answered atomic.Bool // Vault has answered at least once
}

// New prepares a source. It sends nothing: a Vault that is down is a matter for
// Refresh.
func New(options Options) (*Source, error) {
	options = options.withDefaults()
	if options.Address == "" {
		return nil, errors.New("the address of Vault is missing")
	}
	if len(options.Paths) == 0 {
		return nil, errors.New("no path to search in Vault is given")
	}
	s := &Source{options: options}
	client, err := s.newClient()
	if err != nil {
		return nil, err
	}
	s.client = client
	return s, nil
}

func (s *Source) newClient() (*api.Client, error) {
	config := api.DefaultConfig()
	if config.Error != nil {
		// The library reads the VAULT_ variables on its own.
		return nil, fmt.Errorf("read the VAULT_ variables: %w", config.Error)
	}
	config.Address, config.AgentAddress = s.options.Address, ""
	config.MaxRetries = s.options.MaxRetries
	config.MinRetryWait = 100 * time.Millisecond
	config.MaxRetryWait = 500 * time.Millisecond // times the attempt, unless Vault says Retry-After
	config.CheckRetry = s.checkRetry
	tls := api.TLSConfig{
		CACert:     s.options.CACert,
		ClientCert: s.options.Auth.Cert.Certificate,
		ClientKey:  s.options.Auth.Cert.Key,
	}
	if err := config.ConfigureTLS(&tls); err != nil {
		return nil, fmt.Errorf("prepare TLS for Vault: %w", err)
	}
	if transport, ok := config.HttpClient.Transport.(*http.Transport); ok {
		transport.MaxIdleConnsPerHost = s.options.Concurrency
	}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, fmt.Errorf("prepare the client for Vault: %w", err)
	}
	// The library takes over token and namespace from the environment; here
	// the options alone count.
	client.ClearToken()
	client.ClearNamespace()
	if s.options.Namespace != "" {
		client.SetNamespace(s.options.Namespace)
	}
	return client, nil
}

// checkRetry counts every request and decides whether it is sent again. A Vault
// that has never answered is not worth waiting for: the next Refresh will see.
func (s *Source) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	s.requests.Add(1)
	if response != nil {
		s.answered.Store(true)
	} else if !s.answered.Load() {
		return false, err
	}
	return api.DefaultRetryPolicy(ctx, response, err)
}
