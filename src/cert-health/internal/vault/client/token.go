package client

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// useToken uses a configured token, and renews it if Vault permits that.
func (c *Client) useToken(ctx context.Context) error {
	s := &c.session
	text, err := c.options.token()
	switch {
	case err != nil && c.tokenValid():
		c.warnTokenEnds(err) // the earlier token is still valid
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
		// A failed renewal is not an error yet: the token is valid until it ends.
		_ = c.renewToken(ctx)
	}
	c.noteToken()
	return nil
}

// takeToken begins a session with a token. If the policy does not permit to look it up, its
// lifetime is unknown.
func (c *Client) takeToken(ctx context.Context, text string) error {
	s := &c.session
	c.redactor.add(text)
	client, err := c.anonymous() // no other request uses the token before Vault knows it
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
			if ctx.Err() == nil { // all workers call this function
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

// learn records the result of a look-up of the token.
func (l *lifetime) learn(self *api.Secret) {
	l.granted, _ = self.TokenTTL()
	l.renewable, _ = self.TokenIsRenewable()
	l.issued = moment(self.Data["issue_time"])
	l.limited = number(self.Data["num_uses"]) > 0
	most := time.Duration(number(self.Data["explicit_max_ttl"])) * time.Second
	expires := moment(self.Data["expire_time"])
	if !expires.IsZero() {
		l.granted = max(l.granted, time.Second) // Vault rounds to whole seconds
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

// renewToken renews the token. It returns false if a log-in is needed. If Vault does not answer and
// the token is still valid, it returns true, and the next Authenticate tries again.
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
		return IsTemporary(fault) && c.tokenValid()
	}
	c.noteGrant(secret)
	c.setEnds()
	return true
}

// noteGrant records the lifetime of a new or renewed token. If Vault grants less than before, the
// token is near an end that a renewal cannot move.
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

// unknownToken explains why Vault probably does not know the token, with the remedy.
func (c *Client) unknownToken() *Fault {
	s := &c.session
	f := &Fault{Kind: Denied, invalid: true}
	switch {
	case s.lifetime.ended(c.options.Now()):
		f.sentence = unknownTokenPrefix + "it expired at " + stamp(s.lifetime.end())
	case s.lifetime.limited:
		f.sentence = unknownTokenPrefix + "it was used up (num_uses), or was revoked"
	case c.api.Token() != "" && (s.checked || s.used.Load()):
		f.sentence = unknownTokenPrefix + "it was revoked, or has expired"
	default:
		f.sentence = unknownTokenPrefix + "it is wrong, has expired, was revoked, or was used up"
	}
	f.sentence += ": " + c.options.tokenRemedy()
	return f
}

func (o *Options) token() (string, error) {
	if o.Auth.TokenFile != "" {
		return readFile("the token", o.Auth.TokenFile)
	}
	text := strings.TrimSpace(o.Auth.Token.Reveal())
	switch {
	case text == "" && o.Environment.Token:
		return "", rejected("there is no token: run vault login, or set VAULT_TOKEN or %s", o.property(settingAuth))
	case text == "":
		return "", rejected("there is no token: set %s", o.property(settingAuth))
	}
	return text, nil
}

func (o *Options) tokenRemedy() string {
	switch a := o.Auth; {
	case a.canLogin():
		return "check whether the role limits the uses of its tokens (token_num_uses), and who revokes them"
	case a.TokenFile != "":
		return "check the program that writes " + a.TokenFile
	case o.Environment.Token:
		return "run vault login, or set VAULT_TOKEN to a new token"
	}
	return "set " + o.Name(settingToken) + " to a new token, or use another auth method"
}
