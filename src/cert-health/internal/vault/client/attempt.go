package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// attempts are the latest attempts to log in.
type attempts struct {
	with     string    // the credential of the last attempt
	failures int       // in a row
	pause    time.Time // until then, no attempt is made with the same credential
	failure  error     // of the last attempt
}

// The pauses between failed log-ins. Vault locks a credential after five failures in a quarter
// of an hour. If Vault was only unreachable, it may be back soon.
const (
	minLoginPause = time.Second
	maxLoginPause = 15 * time.Minute
	maxAwayPause  = 30 * time.Second
)

// login logs in, unless the last attempt failed a short time ago: Vault would reject the same
// credential again, and all workers call login when a token ends. A new credential is tried
// at once.
func (c *Client) login(ctx context.Context) error {
	s := &c.session
	credential, err := c.options.Auth.credential(s)
	if err != nil {
		return err
	}
	c.redactor.add(credential)
	if credential == s.attempts.with && c.options.Now().Before(s.attempts.pause) {
		return s.attempts.failure
	}
	s.attempts.with = credential
	secret, err := c.options.Auth.login(ctx, c, credential)
	if err != nil {
		return c.failed(ctx, err)
	}
	s.attempts = attempts{with: credential}
	c.setToken(secret.Auth.ClientToken)
	c.noteGrant(secret)
	s.checked = true
	c.noteLogin(ctx, secret, credential)
	return nil
}

// failed records that an attempt failed, unless its context ended.
func (c *Client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	a := &c.session.attempts
	longest := maxLoginPause
	if IsTemporary(err) {
		longest = maxAwayPause
	}
	a.failure = err
	a.pause = c.options.Now().Add(loginPause(a.failures, longest))
	a.failures++
	return err
}

// loginPause is a random time between a half and the whole of a bound that doubles with each
// failure.
func loginPause(failures int, longest time.Duration) time.Duration {
	bound := min(longest, minLoginPause<<min(failures, 20))
	return bound/2 + rand.N(bound/2)
}

// replaced tells whether the file contains another secret id than in the last attempt. A new
// one is used at once, because a wrapping token may expire soon.
func (c *Client) replaced() bool {
	a := c.options.Auth.AppRole
	if a.RoleID == "" || a.SecretIDFile == "" {
		return false
	}
	text, err := readFile("the secret id", a.SecretIDFile)
	return err == nil && text != c.session.attempts.with
}
