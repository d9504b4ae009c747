// Package awskms replaces Vault's seal that uses AWS KMS.
package awskms

import (
	"context"
	"errors"

	"github.com/hashicorp/go-hclog"
	wrapping "github.com/hashicorp/go-kms-wrapping/v2"
)

// Wrapper cannot be configured, so that Vault never calls its other methods.
type Wrapper struct{ wrapping.Wrapper }

// NewWrapper returns a wrapper that cannot be configured.
func NewWrapper() *Wrapper { return &Wrapper{} }

// SetConfig always fails.
func (*Wrapper) SetConfig(context.Context, ...wrapping.Option) (*wrapping.WrapperConfig, error) {
	return nil, errors.New("AWS KMS is not part of devvault")
}

// WithDisallowEnvVars has no effect.
func WithDisallowEnvVars(bool) wrapping.Option { return func() any { return nil } }

// WithLogger has no effect. Vault also passes it to its Shamir seal.
func WithLogger(hclog.Logger) wrapping.Option { return func() any { return nil } }

// Names of environment variables that Vault would pass to SetConfig.
const (
	EnvVaultAwsKmsSealKeyId = "VAULT_AWSKMS_SEAL_KEY_ID"
	EnvAwsKmsWrapperKeyId   = "AWSKMS_WRAPPER_KEY_ID"
)
