package client

import (
	"context"
	"math/rand/v2"
	"time"
)

// attempts to log in.
type attempts struct {
	with     string    // the credential of the last one
	failures int       // in a row
	pause    time.Time // before which none is made with the same credential
	failure  error     // of the last one
}

// The pauses between log-ins that fail. Vault locks out who is refused five times in a
// quarter of an hour; where it only was not there, it may be back soon.
const (
	minLoginPause = time.Second
	maxLoginPause = 15 * time.Minute
	maxAwayPause  = 30 * time.Second
)

// login logs in, unless the last attempt failed only just now: what Vault refuses
// it will refuse again, and all workers come here when a token ends. A credential that
// was replaced is tried at once.
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

// failed notes that an attempt failed, unless it was we who ended it.
func (c *Client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return err
	}
	a := &c.session.attempts
	longest := maxLoginPause
	if Is(err, Busy) || Is(err, Unreachable) {
		longest = maxAwayPause
	}
	a.failure = err
	a.pause = c.options.Now().Add(loginPause(a.failures, longest))
	a.failures++
	return err
}

// loginPause is at random between a half and the whole of a bound that doubles with each
// failure.
func loginPause(failures int, longest time.Duration) time.Duration {
	bound := min(longest, minLoginPause<<min(failures, 20))
	return bound/2 + rand.N(bound/2)
}

// replaced tells whether somebody has put another secret id into its file since the last
// attempt. It is used at once: what wraps it may not last long.
func (c *Client) replaced() bool {
	a := c.options.Auth.AppRole
	if a.RoleID == "" || a.SecretIDFile == "" {
		return false
	}
	text, err := readFile("the secret id", a.SecretIDFile)
	return err == nil && text != c.session.attempts.with
}
