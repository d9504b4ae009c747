package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// useToken takes the token that somebody else got, and keeps it alive as far as
// Vault lets it.
func (c *Client) useToken(ctx context.Context) error {
	s := &c.session
	text, err := c.options.Auth.token()
	switch {
	case err != nil && c.tokenValid():
		c.warnTokenEnds(err) // the one at hand still does
		return nil
	case err != nil:
		return err
	case s.rejected.holds(text, c.options.Now()):
		return s.rejected.err
	case text != c.api.Token():
		if err := c.takeToken(ctx, text); err != nil {
			return err
		}
	case s.lifetime.renewalDue(c.options.Now()):
		// Refused renewal is no failure yet: the token lives until it ends.
		_ = c.renewToken(ctx)
	}
	c.noteToken()
	return nil
}

// takeToken begins a session with a token, of which a policy may forbid the
// look-up; then its life is unknown, no more.
func (c *Client) takeToken(ctx context.Context, text string) error {
	s := &c.session
	c.redactor.add(text)
	client, err := c.anonymous() // nobody uses it before Vault knows it
	if err != nil {
		return err
	}
	client.SetToken(text)
	self, err := client.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		switch fault := c.explain(err); {
		case fault.invalid:
			c.setToken("")
			s.rejected = rejectedToken{token: text, err: c.unknownToken()}
			return s.rejected.err
		case fault.Kind != Denied:
			err := fmt.Errorf("look up the token: %w", fault)
			if ctx.Err() == nil { // all workers come here
				s.rejected = rejectedToken{token: text, err: err, until: c.options.Now().Add(minLoginPause)}
			}
			return err
		}
	}
	c.setToken(text)
	s.checked = true
	if self != nil {
		s.lifetime.learn(self)
	}
	return nil
}

// learn notes what the look-up of a token tells.
func (l *lifetime) learn(self *api.Secret) {
	l.granted, _ = self.TokenTTL()
	l.renewable, _ = self.TokenIsRenewable()
	l.issued = moment(self.Data["issue_time"])
	l.limited = number(self.Data["num_uses"]) > 0
	most := time.Duration(number(self.Data["explicit_max_ttl"])) * time.Second
	expires := moment(self.Data["expire_time"])
	if !expires.IsZero() {
		l.granted = max(l.granted, time.Second) // it is told in whole seconds
	}
	switch {
	case l.granted > 0 && !l.renewable:
		if l.last = expires; l.last.IsZero() {
			l.last = l.end()
		}
	case most > 0 && !l.issued.IsZero():
		l.last = l.issued.Add(most)
	}
}

func number(value any) int64 {
	text, _ := value.(json.Number)
	n, _ := text.Int64()
	return n
}

// renewToken renews the token and tells whether that is settled: when Vault is not there to
// do it, the next Authenticate asks again as long as the token lives.
func (c *Client) renewToken(ctx context.Context) bool {
	s := &c.session
	if !s.lifetime.renewable {
		return false
	}
	secret, err := c.api.Auth().Token().RenewSelfWithContext(ctx, 0)
	if err != nil {
		fault := c.explain(err)
		if fault.invalid && c.options.Auth.canLogin() {
			c.setToken("")
		}
		return (fault.Kind == Busy || fault.Kind == Unreachable) && c.tokenValid()
	}
	c.noteGrant(secret)
	c.setEnds()
	return true
}

// noteGrant notes the life of a token just got or renewed. One that is granted less than
// before is near an end that no renewal moves.
func (c *Client) noteGrant(secret *api.Secret) {
	l := &c.session.lifetime
	before := l.granted
	l.began = c.options.Now()
	l.granted, _ = secret.TokenTTL()
	l.renewable, _ = secret.TokenIsRenewable()
	if l.last.IsZero() && l.granted > 0 && l.granted < before-time.Minute {
		l.last = l.end()
	}
}

// unknownToken says what has probably become of the token at hand, which Vault does not
// know, and what to do.
func (c *Client) unknownToken() *Fault {
	s := &c.session
	f := &Fault{Kind: Denied, invalid: true}
	switch {
	case s.lifetime.ended(c.options.Now()):
		f.sentence = unknownTokenPrefix + "it expired at " + stamp(s.lifetime.end())
	case s.lifetime.limited:
		f.sentence = unknownTokenPrefix + "its uses are used up (num_uses), or it was revoked"
	case c.api.Token() != "" && (s.checked || s.used.Load()):
		f.sentence = unknownTokenPrefix + "it was revoked, or has expired"
	default:
		f.sentence = unknownTokenPrefix + "it is wrong, has expired, was revoked or used up"
	}
	f.sentence += ": " + c.options.Auth.tokenRemedy()
	return f
}

func (a Auth) token() (string, error) {
	if a.TokenFile != "" {
		return readFile("the token", a.TokenFile)
	}
	text := strings.TrimSpace(a.Token.Reveal())
	if text == "" {
		return "", rejected("there is no token: set VAULT_TOKEN, or vault.auth in the configuration")
	}
	return text, nil
}

func (a Auth) tokenRemedy() string {
	switch {
	case a.canLogin():
		return "does the role limit their uses (token_num_uses), or does somebody revoke them?"
	case a.TokenFile != "":
		return "see to what keeps " + a.TokenFile + " fresh"
	}
	return "put a new one into vault.auth.token (VAULT_TOKEN), or use an auth method that is renewed"
}
