package client

import (
	"context"
	"sync/atomic"
	"time"

	"cert-health/internal/cert"
)

// session is what is known of the token in use and of the credential. Except for the atomic
// fields, it is used only while mutex is held. The token itself is in the client of the library.
type session struct {
	mutex    contextMutex // held during a log-in
	lifetime lifetime
	used     atomic.Bool // a request with the token succeeded

	checked  bool          // Vault knows the token, as of the last Authenticate or later
	unknown  int           // number of consecutive tokens that Vault issued and did not know later
	rejected rejectedToken // a configured token that Vault rejected

	attempts attempts
	unwrapped
	ends      atomic.Pointer[[]cert.Credential]
	loginEnds loginEnds
}

// rejectedToken is a token that Vault rejected, and why.
type rejectedToken struct {
	token string
	err   error
	until time.Time // zero: until the next Authenticate
}

func (r rejectedToken) holds(token string, now time.Time) bool {
	return r.err != nil && r.token == token && (r.until.IsZero() || now.Before(r.until))
}

// Authenticate makes sure that there is a token: it logs in or renews the token if that is due.
// As long as the old token is valid, it does not fail; Credentials then reports the failed
// log-in.
func (c *Client) Authenticate(ctx context.Context) error {
	s := &c.session
	if err := s.mutex.lock(ctx); err != nil {
		return c.explain(err)
	}
	defer s.mutex.unlock()
	s.checked, s.rejected = false, rejectedToken{}
	if !c.options.Auth.canLogin() {
		return c.useToken(ctx)
	}
	if c.api.Token() != "" && !c.replaced() {
		if !s.lifetime.renewalDue(c.options.Now()) || c.renewToken(ctx) {
			return nil
		}
	}
	err := c.login(ctx)
	if err != nil && c.tokenValid() {
		c.warnTokenEnds(err)
		return nil
	}
	return err
}

// tokenValid tells whether the token may still be valid.
func (c *Client) tokenValid() bool {
	return c.api.Token() != "" && !c.session.lifetime.ended(c.options.Now())
}

// do sends a request and counts the consecutive ones without an answer.
func (c *Client) do(ctx context.Context, send func() error) error {
	err := c.try(ctx, send)
	if IsTemporary(err) {
		c.unanswered.Add(1)
	} else {
		c.unanswered.Store(0)
	}
	return err
}

// maxTries is how often a request is sent, each time with another token.
const maxTries = 3

// try sends a request. If Vault does not know the token any more, because it was revoked or ended
// early, it sends the request again with a new token. Without a token it sends nothing.
func (c *Client) try(ctx context.Context, send func() error) error {
	fault := &Fault{Kind: Denied, sentence: "Vault does not know the tokens that it has issued: check vault status"}
	for range maxTries {
		token := c.api.Token()
		if token != "" {
			err := send()
			if err == nil {
				c.session.used.Store(true)
				return nil
			}
			fault = c.explain(err)
			if fault.Kind != Denied || ctx.Err() != nil {
				return fault
			}
		}
		if err := c.recover(ctx, token, fault); err != nil {
			return err
		}
	}
	return fault
}

// recover replaces the token with which a request was denied, or returns why it cannot. If the
// policy of the token denies the request, it returns the fault.
func (c *Client) recover(ctx context.Context, denied string, fault *Fault) error {
	s := &c.session
	if err := s.mutex.lock(ctx); err != nil {
		return c.explain(err)
	}
	defer s.mutex.unlock()
	held := c.api.Token()
	switch {
	case held == "":
		// There is no token. If the last attempt is recent, login returns its error.
	case held != denied:
		return nil // another goroutine has got a new token in the meantime
	case !fault.invalid && c.tokenKnown(ctx):
		return fault
	default:
		if err := c.dropToken(ctx); err != nil {
			return err
		}
	}
	if c.options.Auth.canLogin() {
		return c.login(ctx)
	}
	return c.useToken(ctx)
}

// tokenKnown tells whether Vault knows the token. It asks once after each Authenticate: some paths
// of the API give the same answer for an unknown token and for one whose policy denies the path.
func (c *Client) tokenKnown(ctx context.Context) bool {
	if c.session.checked {
		return true
	}
	_, err := c.api.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		fault := c.explain(err)
		c.session.checked = fault.Kind == Denied && !fault.invalid // the policy does not permit to ask
		return !fault.invalid
	}
	c.session.checked = true
	return true
}

// dropToken ends the session with a token that Vault does not know. It fails if Vault does not
// know several new tokens in a row: another one would not help.
func (c *Client) dropToken(ctx context.Context) error {
	s := &c.session
	fault := c.unknownToken()
	if !c.options.Auth.canLogin() {
		s.rejected = rejectedToken{token: c.api.Token(), err: fault}
		c.setToken("")
		return nil
	}
	if s.unknown++; s.used.Load() {
		s.unknown = 0
	}
	c.setToken("")
	if s.unknown > 1 {
		return c.failed(ctx, fault)
	}
	return nil
}

// setToken begins a session with a token. An empty token ends the session.
func (c *Client) setToken(token string) {
	c.redactor.add(token)
	if token == "" {
		c.api.ClearToken()
	} else {
		c.api.SetToken(token)
	}
	c.session.lifetime = lifetime{began: c.options.Now()}
	c.session.used.Store(false)
}
