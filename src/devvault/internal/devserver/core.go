package devserver

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/vault/helper/namespace"
	"github.com/hashicorp/vault/sdk/logical"
	"github.com/hashicorp/vault/vault"
)

// initialize initializes the storage through its first core and unseals that core.
// The share is the whole key: it also unseals the other cores of that storage.
func initialize(ctx context.Context, core *vault.Core) (rootToken string, share []byte, err error) {
	one := &vault.SealConfig{SecretShares: 1, SecretThreshold: 1}
	result, err := core.Initialize(ctx, &vault.InitParams{BarrierConfig: one, LegacyShamirSeal: true})
	if err != nil {
		return "", nil, err
	}
	share = result.SecretShares[0]
	if err := unseal(core, share); err != nil {
		return "", nil, err
	}
	return result.RootToken, share, waitActive(ctx, core)
}

func unseal(core *vault.Core, share []byte) error {
	unsealed, err := core.Unseal(share)
	if err == nil && !unsealed {
		return errors.New("still sealed after its only key share was entered")
	}
	return err
}

// waitActive waits until the core accepts requests. Without HA that is so when
// unsealing returns; with HA, the core takes the lock in the background.
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
