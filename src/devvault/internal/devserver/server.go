// Package devserver runs HashiCorp Vault's core behind Vault's own HTTP handler.
// The core uses the in-memory backend, is initialized and unsealed, and has a KV
// v2 engine at secret/, like `vault server -dev`. With Options.Standby, the server
// that listens is a standby of that core.
package devserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/vault"
)

// Options of one server.
type Options struct {
	Address   string // host:port; port 0 selects a free port
	RootToken string // random when empty
	TLS       bool   // serve TLS and ask clients for a certificate
	TLSDir    string // directory for vault-ca.pem, with TLS
	Standby   bool   // listen as a standby whose active node does not answer
}

// Server is a running, unsealed Vault.
type Server struct {
	URL       string
	RootToken string

	cores  []*vault.Core // the core that listens; after it the active node, if that is another core
	http   *http.Server
	failed chan error
}

// Start starts a server. It serves until the context of Wait ends.
func Start(ctx context.Context, opts Options) (*Server, error) {
	storage, err := newStorage(opts)
	if err != nil {
		return nil, fmt.Errorf("create storage: %w", err)
	}
	core, err := storage.newCore()
	if err != nil {
		return nil, fmt.Errorf("create vault core: %w", err)
	}
	token, share, err := initialize(ctx, core)
	if err != nil {
		return nil, fmt.Errorf("initialize vault: %w", err)
	}
	if opts.RootToken != "" {
		if err := renameRoot(ctx, core, token, opts.RootToken); err != nil {
			return nil, fmt.Errorf("create the root token: %w", err)
		}
		token = opts.RootToken
	}
	if err := mountKV(ctx, core, token); err != nil {
		return nil, fmt.Errorf("mount secret/: %w", err)
	}
	cores := []*vault.Core{core}
	if opts.Standby {
		standby, err := joinStandby(storage, share)
		if err != nil {
			return nil, fmt.Errorf("join a standby: %w", err)
		}
		cores = []*vault.Core{standby, core}
	}
	return serve(cores, token, opts)
}

// Wait serves until ctx ends or the listener fails. The standby is shut down
// first: otherwise it would become active when the active node ends.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		_ = s.http.Close()
		var errs []error
		for _, core := range s.cores {
			errs = append(errs, core.Shutdown())
		}
		return errors.Join(errs...)
	case err := <-s.failed:
		return err
	}
}

func serve(cores []*vault.Core, token string, opts Options) (*Server, error) {
	listener, err := net.Listen("tcp", opts.Address)
	if err != nil {
		return nil, err
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           cores[0],
		ListenerConfig: &configutil.Listener{Address: opts.Address},
	})
	server := &Server{
		URL: "http://" + listener.Addr().String(), RootToken: token,
		cores: cores, failed: make(chan error, 1),
		http: &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second},
	}
	if opts.TLS {
		config, err := serverTLS(opts.TLSDir)
		if err != nil {
			return nil, fmt.Errorf("prepare TLS: %w", err)
		}
		listener = tls.NewListener(listener, config)
		server.URL = "https://" + listener.Addr().String()
	}
	go func() { server.failed <- server.http.Serve(listener) }()
	return server, nil
}
