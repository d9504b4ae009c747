// Package impersonate replaces Google's impersonation of accounts.
package impersonate

import (
	"context"
	"errors"

	"golang.org/x/oauth2"
)

// CredentialsConfig has the fields that Vault sets.
type CredentialsConfig struct {
	TargetPrincipal, Subject string
	Scopes                   []string
}

// CredentialsTokenSource always fails.
func CredentialsTokenSource(context.Context, CredentialsConfig) (oauth2.TokenSource, error) {
	return nil, errors.New("Google's APIs are not part of devvault")
}
