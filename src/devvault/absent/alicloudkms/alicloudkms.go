// Package alicloudkms replaces Vault's seal that uses AliCloud KMS.
package alicloudkms

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
	return nil, errors.New("AliCloud KMS is not part of devvault")
}

// Names of environment variables that Vault would pass to SetConfig.
const (
	EnvVaultAliCloudKmsSealKeyId = "VAULT_ALICLOUDKMS_SEAL_KEY_ID"
	EnvAliCloudKmsWrapperKeyId   = "ALICLOUDKMS_WRAPPER_KEY_ID"
)
