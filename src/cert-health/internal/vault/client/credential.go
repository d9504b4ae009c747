package client

import (
	"context"
	"time"

	"github.com/hashicorp/vault/api"

	"cert-health/internal/cert"
	"cert-health/internal/extract"
)

// loginEnds says when a credential ends.
type loginEnds struct {
	credential string
	ends       []cert.Credential
}

// Credentials returns the credentials of the client whose end is known and which no other
// program renews. It contains the token if there will be no other one.
func (c *Client) Credentials() []cert.Credential {
	if ends := c.session.ends.Load(); ends != nil {
		return *ends
	}
	return nil
}

// setEnds sets the result of Credentials.
func (c *Client) setEnds(more ...cert.Credential) {
	ends := append(c.session.loginEnds.ends[:len(c.session.loginEnds.ends):len(c.session.loginEnds.ends)], more...)
	c.session.ends.Store(&ends)
}

// warnTokenEnds reports when the token ends. Because of err there will be no other one.
func (c *Client) warnTokenEnds(err error) {
	l := c.session.lifetime
	if l.granted == 0 {
		c.setEnds()
		return
	}
	c.setEnds(cert.Credential{Name: c.options.tokenName(), NotBefore: l.began, NotAfter: l.end(), Remedy: err.Error()})
}

func (o *Options) tokenName() string { return "the " + or(o.Owner, "agent") + "'s Vault token" }

func (o *Options) secretIDName() string {
	if o.Owner == "" {
		return "the agents' secret id"
	}
	return "the " + o.Owner + "'s secret id"
}

// noteToken reports when a token ends that no other program renews.
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
	c.setEnds(cert.Credential{Name: c.options.tokenName(), NotBefore: from, NotAfter: l.last, Remedy: c.options.tokenRemedy()})
}

// noteLogin finds out when the credential of a log-in ends. If Vault does not answer, the
// earlier answer for the same credential is kept.
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
		*own = loginEnds{credential, a.Cert.credentials(c.options.property(settingClientCert))}
	}
	c.setEnds()
}

// secretIDEnds asks Vault when the secret id ends. If the policy does not permit that, as older
// policies, the end stays unknown.
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
	end := cert.Credential{Name: c.options.secretIDName() + " of AppRole " + role, Remedy: "create a new one (manifests/vault-approle.sh) and deploy it"}
	if a.SecretIDFile != "" {
		end.Remedy = "write a new one to " + a.SecretIDFile
	}
	if found == nil {
		end.UsedUp = true // this was its last use
		return []cert.Credential{end}, true
	}
	end.NotBefore, end.NotAfter = moment(found.Data["creation_time"]), moment(found.Data["expiration_time"])
	if end.NotAfter.IsZero() {
		return nil, true
	}
	return []cert.Credential{end}, true
}

// ended says how the secret id ended, or "" if that is unknown.
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

// moment parses a time of Vault. Vault writes the zero time as year 1.
func moment(value any) time.Time {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil || at.Year() < 2 {
		return time.Time{}
	}
	return at
}

// credentials names the setting that holds the client certificate.
func (a Cert) credentials(setting string) []cert.Credential {
	contents, err := pemOf(a.Certificate)
	if err != nil {
		return nil // the log-in could read it, so it was removed just now
	}
	certificates := new(extract.Extractor).Value(contents).Certificates
	if len(certificates) == 0 {
		return nil
	}
	own := certificates[0].Certificate
	return []cert.Credential{{
		Name: "the client certificate for Vault, " + own.Name(), NotBefore: own.NotBefore, NotAfter: own.NotAfter,
		Certificate: own.Fingerprint, Remedy: "issue a new one, set " + setting + " to it and deploy",
	}}
}
