// Package azurekeyvault replaces Vault's seal that uses Azure Key Vault.
package azurekeyvault

import (
	"context"
	"errors"

	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
)

// Wrapper cannot be configured, so that Vault never calls its other methods.
type Wrapper struct{ wrapping.Wrapper }

// NewWrapper returns a wrapper that cannot be configured.
func NewWrapper() *Wrapper { return &Wrapper{} }

// SetConfig always fails.
func (*Wrapper) SetConfig(context.Context, ...wrapping.Option) (*wrapping.WrapperConfig, error) {
	return nil, errors.New("Azure Key Vault is not part of devvault")
}

// WithDisallowEnvVars has no effect.
func WithDisallowEnvVars(bool) wrapping.Option { return func() any { return nil } }

// Names of environment variables that Vault would pass to SetConfig.
const (
	EnvAzureKeyVaultWrapperKeyName   = "AZUREKEYVAULT_WRAPPER_KEY_NAME"
	EnvVaultAzureKeyVaultKeyName     = "VAULT_AZUREKEYVAULT_KEY_NAME"
	EnvAzureKeyVaultWrapperVaultName = "AZUREKEYVAULT_WRAPPER_VAULT_NAME"
	EnvVaultAzureKeyVaultVaultName   = "VAULT_AZUREKEYVAULT_VAULT_NAME"
)
