package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/vault/api"
)

// session is the token in use and what is known of its life.
type session struct {
	began     time.Time
	life      time.Duration // 0: it does not expire, or nobody told
	renewable bool
}

// due tells whether two thirds of the token's life are over.
func (s session) due(now time.Time) bool {
	return s.life > 0 && now.Sub(s.began) >= s.life*2/3
}

// authenticate makes sure that the client holds a token that works: it logs in,
// renews, or checks the one at hand, whichever is needed.
func (s *Source) authenticate(ctx context.Context) error {
	if !s.options.Auth.canLogin() {
		return s.useToken(ctx)
	}
	if s.client.Token() == "" {
		return s.login(ctx)
	}
	if s.session.due(s.options.Now()) {
		if s.session.renewable && s.renew(ctx) == nil {
			return nil
		}
		return s.login(ctx)
	}
	if _, err := s.client.Auth().Token().LookupSelfWithContext(ctx); denied(err) {
		return s.login(ctx) // revoked, or used up, before its time
	}
	return nil
}

// useToken takes the token that somebody else got, and keeps it alive as far as
// Vault lets it.
func (s *Source) useToken(ctx context.Context) error {
	token, err := s.options.Auth.token()
	if err != nil {
		return err
	}
	if token != s.client.Token() {
		s.client.SetToken(token)
		s.session = session{began: s.options.Now()}
		// A policy may forbid the look-up; then its life is unknown, no more.
		if self, err := s.client.Auth().Token().LookupSelfWithContext(ctx); err == nil {
			s.session.life, _ = self.TokenTTL()
			s.session.renewable, _ = self.TokenIsRenewable()
		} else if !denied(err) {
			s.client.ClearToken() // so that it is looked up when Vault is back
			return fmt.Errorf("look up the token: %s", explain(err))
		}
	}
	if s.session.renewable && s.session.due(s.options.Now()) {
		// Refused renewal is no failure yet: the token lives until it ends.
		_ = s.renew(ctx)
	}
	return nil
}

func (s *Source) renew(ctx context.Context) error {
	secret, err := s.client.Auth().Token().RenewSelfWithContext(ctx, 0)
	if err != nil {
		return err
	}
	s.began(secret)
	return nil
}

func (s *Source) login(ctx context.Context) error {
	auth := s.options.Auth
	path, request := "auth/"+or(auth.Cert.Mount, "cert")+"/login", map[string]any{}
	method := "TLS certificate"
	if auth.AppRole.RoleID != "" {
		method = "AppRole"
		path = "auth/" + or(auth.AppRole.Mount, "approle") + "/login"
		request["role_id"], request["secret_id"] = auth.AppRole.RoleID, auth.AppRole.SecretID
	} else if auth.Cert.Role != "" {
		request["name"] = auth.Cert.Role
	}
	s.client.ClearToken()
	secret, err := s.client.Logical().WriteWithContext(ctx, path, request)
	if err != nil {
		return fmt.Errorf("log in by %s at %s: %s", method, path, explain(err))
	}
	if secret == nil || secret.Auth == nil || secret.Auth.ClientToken == "" {
		return fmt.Errorf("log in by %s at %s: Vault answered without a token", method, path)
	}
	s.client.SetToken(secret.Auth.ClientToken)
	s.began(secret)
	return nil
}

// began notes the life of a token just got or renewed.
func (s *Source) began(secret *api.Secret) {
	s.session = session{began: s.options.Now()}
	s.session.life, _ = secret.TokenTTL()
	s.session.renewable, _ = secret.TokenIsRenewable()
}

func (a Auth) canLogin() bool { return a.AppRole.RoleID != "" || a.Cert.Certificate != "" }

func (a Auth) token() (string, error) {
	token := a.Token
	if a.TokenFile != "" {
		contents, err := os.ReadFile(a.TokenFile)
		if err != nil {
			return "", fmt.Errorf("read the token file: %w", err)
		}
		token = string(contents)
	}
	if token = strings.TrimSpace(token); token == "" {
		return "", errors.New("there is no token: set VAULT_TOKEN, or vault.auth in the configuration")
	}
	return token, nil
}

func or(value, fallback string) string {
	if value == "" {
		return fallback
	}
	return strings.Trim(value, "/")
}
