package credhub

import (
	"errors"
	"sync"

	"cert-health/hub/internal/source/remote"
)

// grants gets the tokens for the official client, and keeps why the last one was refused.
type grants struct {
	remote *remote.Remote
	uaa    string
	login  remote.Login

	mutex sync.Mutex
	last  error
}

// ClientCredentialGrant implements auth.OAuthClient. The credentials are in login.
func (g *grants) ClientCredentialGrant(string, string) (string, error) {
	token, err := g.remote.Token(g.uaa, g.login)
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.last = err
	return token, err
}

// failure is why there is no token, or nil.
func (g *grants) failure() error {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	return g.last
}

// errNoUser is the answer to what only people need.
var errNoUser = errors.New("the hub logs in as a client")

// PasswordGrant implements auth.OAuthClient.
func (g *grants) PasswordGrant(string, string, string, string) (string, string, error) {
	return "", "", errNoUser
}

// RefreshTokenGrant implements auth.OAuthClient.
func (g *grants) RefreshTokenGrant(string, string, string) (string, string, error) {
	return "", "", errNoUser
}

// RevokeToken implements auth.OAuthClient.
func (g *grants) RevokeToken(string) error { return errNoUser }
