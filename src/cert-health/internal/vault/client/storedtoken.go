package client

import (
	"errors"
	"fmt"

	"github.com/hashicorp/vault/api/cliconfig"

	"cert-health/internal/secret"
)

// StoredToken returns the token that `vault login` stored: in ~/.vault-token, or where the token
// helper of ~/.vault (VAULT_CONFIG_PATH) keeps it. It is empty if there is none.
func StoredToken(env func(string) string) (secret.Value, error) {
	if env("HOME") == "" {
		return secret.Value{}, nil // the library would panic
	}
	helper, err := cliconfig.DefaultTokenHelper()
	if err != nil {
		return secret.Value{}, fmt.Errorf("read the configuration of the vault program: %w: correct it, or set VAULT_TOKEN", err)
	}
	token, err := helper.Get()
	if err != nil {
		// The outer error may quote the output of a token helper, and thus a token.
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return secret.Value{}, fmt.Errorf("get the token of vault login from %s: %w: run vault login, or set VAULT_TOKEN", helper.Path(), err)
	}
	return secret.New(token), nil
}
