// Package devserver runs HashiCorp Vault's core behind its own HTTP handler, on
// the in-memory backend, initialised and unsealed, with a KV v2 engine at
// secret/ as `vault server -dev` has it.
package devserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	log "github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/helper/namespace"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/sdk/physical/inmem"
	"github.com/hashicorp/vault/vault"
)

// Options of one server.
type Options struct {
	Address   string // host:port; port 0 takes a free one
	RootToken string // random when empty
	TLS       bool   // serve TLS and ask clients for a certificate
	TLSDir    string // where vault-ca.pem goes, with TLS
}

// Server is a running, unsealed Vault.
type Server struct {
	URL       string
	RootToken string

	core   *vault.Core
	http   *http.Server
	failed chan error
}

// Start brings a server up. It serves until Wait's context ends.
func Start(ctx context.Context, opts Options) (*Server, error) {
	core, err := newCore()
	if err != nil {
		return nil, fmt.Errorf("create vault core: %w", err)
	}
	token, err := unseal(ctx, core)
	if err != nil {
		return nil, fmt.Errorf("unseal vault: %w", err)
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
	return serve(core, token, opts)
}

// Wait serves until ctx ends or the listener fails.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		_ = s.http.Close()
		return s.core.Shutdown()
	case err := <-s.failed:
		return err
	}
}

func newCore() (*vault.Core, error) {
	logger := log.New(&log.LoggerOptions{Level: log.Off})
	storage, err := inmem.NewInmem(nil, logger)
	if err != nil {
		return nil, err
	}
	return vault.NewCore(&vault.CoreConfig{
		Physical:           storage,
		LogicalBackends:    secretEngines(),
		CredentialBackends: authMethods(),
		BuiltinRegistry:    registry{},
		Logger:             logger,
		DisableMlock:       true,
		DisableSSCTokens:   true,
	})
}

func unseal(ctx context.Context, core *vault.Core) (rootToken string, err error) {
	one := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	result, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: one, LegacyShamirSeal: true})
	if err != nil {
		return "", err
	}
	for _, share := range result.SecretShares {
		if _, err := core.Unseal(share); err != nil {
			return "", err
		}
	}
	if core.Sealed() {
		return "", errors.New("still sealed after its only key share")
	}
	return result.RootToken, waitActive(ctx, core)
}

// waitActive waits until the core takes requests: unsealing without HA is done
// in the same call, but the standby flag may trail by a moment.
func waitActive(ctx context.Context, core *vault.Core) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		if standby, err := core.Standby(); err == nil && !standby {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("not active after 30 s")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func renameRoot(ctx context.Context, core *vault.Core, token, id string) error {
	return request(ctx, core, token, "auth/token/create", map[string]any{
		"id": id, "policies": []string{"root"}, "no_parent": true, "no_default_policy": true,
	})
}

func mountKV(ctx context.Context, core *vault.Core, token string) error {
	return request(ctx, core, token, "sys/mounts/secret", map[string]any{
		"type": "kv", "options": map[string]string{"version": "2"},
	})
}

func request(ctx context.Context, core *vault.Core, token, path string, data map[string]any) error {
	response, err := core.HandleRequest(namespace.RootContext(ctx), &logical.Request{
		Operation: logical.UpdateOperation, Path: path, ClientToken: token, Data: data,
	})
	if err == nil && response != nil && response.IsError() {
		err = response.Error()
	}
	return err
}

func serve(core *vault.Core, token string, opts Options) (*Server, error) {
	listener, err := net.Listen("tcp", opts.Address)
	if err != nil {
		return nil, err
	}
	handler := vaulthttp.Handler.Handler(&vault.HandlerProperties{
		Core:           core,
		ListenerConfig: &configutil.Listener{Address: opts.Address},
	})
	server := &Server{
		URL: "http://" + listener.Addr().String(), RootToken: token,
		core: core, failed: make(chan error, 1),
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
