// Package okta replaces Okta's SDK, which Vault uses for MFA at login. A devvault
// has no MFA: no client can be configured, so that nothing else is ever called.
package okta

import (
	"context"
	"errors"
)

// Configuration of a client.
type Configuration struct{ Context context.Context }

// ConfigSetter is an option of NewConfiguration.
type ConfigSetter func(*Configuration)

// WithToken has no effect.
func WithToken(string) ConfigSetter { return nil }

// WithOrgUrl has no effect.
func WithOrgUrl(string) ConfigSetter { return nil }

// WithCache has no effect.
func WithCache(bool) ConfigSetter { return nil }

var errAbsent = errors.New("Okta is not part of devvault")

// NewConfiguration always fails.
func NewConfiguration(...ConfigSetter) (*Configuration, error) { return nil, errAbsent }

// APIClient has the parts that Vault calls.
type APIClient struct {
	UserAPI       UserAPI
	UserFactorAPI UserFactorAPI
}

// NewAPIClient returns a client whose every request fails.
func NewAPIClient(*Configuration) *APIClient { return &APIClient{} }

// GetConfig returns an empty configuration.
func (*APIClient) GetConfig() *Configuration { return &Configuration{} }

// Request of an API, for a result of type T.
type Request[T any] struct{}

// Filter has no effect.
func (r Request[T]) Filter(string) Request[T] { return r }

// Execute always fails.
func (Request[T]) Execute() (result T, response any, err error) { return result, nil, errAbsent }

// UserAPI finds users.
type UserAPI struct{}

// ListUsers returns a request that fails.
func (UserAPI) ListUsers(context.Context) Request[[]User] { return Request[[]User]{} }

// User has no content.
type User struct{}

// GetId is empty.
func (User) GetId() string { return "" }

// UserFactorAPI finds and asks a user's second factors.
type UserFactorAPI struct{}

// ListFactors returns a request that fails.
func (UserFactorAPI) ListFactors(context.Context, string) Request[[]Factor] {
	return Request[[]Factor]{}
}

// VerifyFactor returns a request that fails.
func (UserFactorAPI) VerifyFactor(context.Context, string, string) Request[*Verification] {
	return Request[*Verification]{}
}

// GetFactorTransactionStatus returns a request that fails.
func (UserFactorAPI) GetFactorTransactionStatus(context.Context, string, string, string) Request[*Transaction] {
	return Request[*Transaction]{}
}

// Factor is a second factor.
type Factor struct{ UserFactorPush *UserFactorPush }

// UserFactorPush asks on a telephone.
type UserFactorPush struct{}

// GetId is empty.
func (*UserFactorPush) GetId() string { return "" }

// Verification is a question to a factor.
type Verification struct{ Links map[string]any }

// GetFactorResult is empty.
func (*Verification) GetFactorResult() string { return "" }

// Transaction is the state of a question; its fields are never set.
type Transaction struct {
	UserFactorPushTransaction         *struct{}
	UserFactorPushTransactionWaiting  *struct{}
	UserFactorPushTransactionRejected *struct{}
	UserFactorPushTransactionTimeout  *struct{}
}
