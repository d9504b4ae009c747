package client

import (
	"context"
	"os"
	"time"

	"github.com/hashicorp/vault/api"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
)

// loginEnds is what was logged in with, when that ends.
type loginEnds struct {
	credential string
	ends       []cert.Credential
}

// Credentials are what the client logs in with, as far as that ends and nobody
// else keeps it fresh; and the token at hand when there is no other to come.
func (c *Client) Credentials() []cert.Credential {
	if ends := c.session.ends.Load(); ends != nil {
		return *ends
	}
	return nil
}

// setEnds publishes what is known of the ends.
func (c *Client) setEnds(more ...cert.Credential) {
	ends := append(c.session.loginEnds.ends[:len(c.session.loginEnds.ends):len(c.session.loginEnds.ends)], more...)
	c.session.ends.Store(&ends)
}

// warnTokenEnds tells when the token at hand ends, after which there will be none for that reason.
func (c *Client) warnTokenEnds(err error) {
	l := c.session.lifetime
	if l.granted == 0 {
		c.setEnds()
		return
	}
	c.setEnds(cert.Credential{Name: tokenName, NotBefore: l.began, NotAfter: l.end(), Remedy: err.Error()})
}

const tokenName = "the agent's Vault token"

// noteToken tells when a token ends for good that nobody keeps fresh.
func (c *Client) noteToken() {
	l := c.session.lifetime
	c.session.loginEnds = loginEnds{}
	if l.last.IsZero() || c.options.Auth.TokenFile != "" {
		c.setEnds()
		return
	}
	from := l.issued
	if from.IsZero() {
		from = l.began
	}
	c.setEnds(cert.Credential{Name: tokenName, NotBefore: from, NotAfter: l.last, Remedy: c.options.Auth.tokenRemedy()})
}

// noteLogin finds out when what was just used to log in will end. When Vault is not there to
// tell, what it told of the same credential still holds.
func (c *Client) noteLogin(ctx context.Context, login *api.Secret, credential string) {
	own := &c.session.loginEnds
	a := c.options.Auth
	switch {
	case a.AppRole.RoleID != "":
		ends, known := c.secretIDEnds(ctx, login, credential)
		if known || own.credential != credential {
			*own = loginEnds{credential, ends}
		}
	case a.JWT.File == "":
		*own = loginEnds{credential, a.Cert.credentials()}
	}
	c.setEnds()
}

// secretIDEnds asks Vault about the secret id. A policy that does not allow that, as
// an older one, leaves its end unknown.
func (c *Client) secretIDEnds(ctx context.Context, login *api.Secret, credential string) (ends []cert.Credential, known bool) {
	a := c.options.Auth.AppRole
	role := login.Auth.Metadata["role_name"]
	secretID := credential
	if a.Wrapped {
		secretID = c.session.secretID
	}
	if role == "" || secretID == "" {
		return nil, true
	}
	path := "auth/" + or(a.Mount, "approle") + "/role/" + role + "/secret-id/lookup"
	found, err := c.api.Logical().WriteWithContext(ctx, path, map[string]any{"secret_id": secretID})
	if err != nil {
		return nil, false
	}
	end := cert.Credential{Name: "the agents' secret id of AppRole " + role, Remedy: "make a new one (manifests/vault-approle.sh) and deploy it"}
	if a.SecretIDFile != "" {
		end.Remedy = "have a new one put into " + a.SecretIDFile
	}
	if found == nil {
		end.UsedUp = true // that was its last use
		return []cert.Credential{end}, true
	}
	end.NotBefore, end.NotAfter = moment(found.Data["creation_time"]), moment(found.Data["expiration_time"])
	if end.NotAfter.IsZero() {
		return nil, true
	}
	return []cert.Credential{end}, true
}

// ended says how the secret id ended, if that is known of it.
func (w loginEnds) ended(credential string, now time.Time) string {
	if credential != w.credential {
		return ""
	}
	for _, end := range w.ends {
		switch {
		case end.UsedUp:
			return "the secret id was used up"
		case end.NotAfter.Before(now):
			return "the secret id expired at " + stamp(end.NotAfter)
		}
	}
	return ""
}

// moment reads a time of Vault's, whose zero value is written out.
func moment(value any) time.Time {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 2 {
		return time.Time{}
	}
	return at
}

func (a Cert) credentials() []cert.Credential {
	contents, err := os.ReadFile(a.Certificate)
	if err != nil {
		return nil // it was readable a moment ago
	}
	certificates := new(extract.Extractor).Value(contents).Certificates
	if len(certificates) == 0 {
		return nil
	}
	own := certificates[0].Certificate
	return []cert.Credential{{
		Name: "the client certificate for Vault, " + own.Name(), NotBefore: own.NotBefore, NotAfter: own.NotAfter,
		Certificate: own.Fingerprint, Remedy: "issue a new one, put it into vault.auth.cert and deploy it",
	}}
}
