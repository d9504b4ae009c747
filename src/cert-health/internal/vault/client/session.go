package client

import (
	"context"
	"sync/atomic"
	"time"

	"cert-health/internal/cert"
)

// session is what is known of the token in use, and of what was logged in with. Who
// reads or writes it has the turn, but for what is atomic; the token itself is with the
// library's client.
type session struct {
	mutex   contextMutex // one attempt to log in at a time
	lifetime   lifetime
	used atomic.Bool // a request with the token went well

	checked bool    // since the last Authenticate: Vault knows the token
	unknown int     // tokens in a row that Vault gave and did not know afterwards
	rejected rejectedToken // of a token that somebody else got

	attempts attempts
	unwrapped
	ends atomic.Pointer[[]cert.Credential]
	loginEnds  loginEnds
}

// rejectedToken is a token that was not taken, and why.
type rejectedToken struct {
	token string
	err   error
	until time.Time // zero: until the next Authenticate
}

func (r rejectedToken) holds(token string, now time.Time) bool {
	return r.err != nil && r.token == token && (r.until.IsZero() || now.Before(r.until))
}

// Authenticate makes sure that there is a token at hand: it logs in or renews when
// that is due, and sends nothing when it is not. As long as an old token lives it does
// not fail: that a new one is refused is among the Credentials then.
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

// tokenValid tells whether the token at hand may still be good.
func (c *Client) tokenValid() bool {
	return c.api.Token() != "" && !c.session.lifetime.ended(c.options.Now())
}

// do sends a request, and notes whether Vault was there to answer.
func (c *Client) do(ctx context.Context, send func() error) error {
	err := c.try(ctx, send)
	if Is(err, Busy) || Is(err, Unreachable) {
		c.unanswered.Add(1)
	} else {
		c.unanswered.Store(0)
	}
	return err
}

// maxTries bounds how often a request is sent, each time with another token.
const maxTries = 3

// try sends a request, and again with a new token when Vault does not know the old one
// any more: it was revoked, or ended before its time. Without a token it sends nothing.
func (c *Client) try(ctx context.Context, send func() error) error {
	fault := &Fault{Kind: Denied, sentence: "Vault takes none of the tokens that it gives"}
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

// recover gets a new token in place of one with which a request was denied, or says why
// there is none. What the policy of a token denies stays denied.
func (c *Client) recover(ctx context.Context, denied string, fault *Fault) error {
	s := &c.session
	if err := s.mutex.lock(ctx); err != nil {
		return c.explain(err)
	}
	defer s.mutex.unlock()
	held := c.api.Token()
	switch {
	case held == "":
		// Nobody has got one; the last attempt says why, if it was just now.
	case held != denied:
		return nil // somebody else has got a new one meanwhile
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

// tokenKnown asks whether Vault knows the token, once after each Authenticate. Some paths of
// its API deny both alike.
func (c *Client) tokenKnown(ctx context.Context) bool {
	if c.session.checked {
		return true
	}
	_, err := c.api.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		fault := c.explain(err)
		c.session.checked = fault.Kind == Denied && !fault.invalid // no policy lets it ask
		return !fault.invalid
	}
	c.session.checked = true
	return true
}

// dropToken ends the session with a token that Vault does not know. It is an error when that
// happens to one new token after the other: more of them would not help.
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

// setToken begins a session with a token; none ends it.
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
