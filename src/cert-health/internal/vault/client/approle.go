package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/api"
)

// unwrapped is a secret id and what it was wrapped by, kept for the next log-in: it
// unwraps once.
type unwrapped struct {
	wrapping string
	secretID string
}

// credential is what stands in the configuration or in the file; of a file that has gone
// what it held.
func (a AppRole) credential(s *session) (string, error) {
	if a.SecretIDFile == "" {
		return a.SecretID.Reveal(), nil
	}
	text, err := readFile("the secret id", a.SecretIDFile)
	if err != nil && s.secretID != "" {
		return s.wrapping, nil
	}
	return text, err
}

func (a AppRole) login(ctx context.Context, c *Client, credential string) (*api.Secret, error) {
	secretID := credential
	if a.Wrapped {
		var err error
		if secretID, err = a.unwrap(ctx, c, credential); err != nil {
			return nil, err
		}
	}
	request := map[string]any{"role_id": a.RoleID}
	if secretID != "" {
		request["secret_id"] = secretID
	}
	return c.post(ctx, method{"AppRole", or(a.Mount, "approle"), func(said string) string {
		return a.refusal(said, c, credential)
	}}, request)
}

// unwrap returns what the wrapping token wraps. It is kept whatever comes after: nobody
// unwraps it a second time.
func (a AppRole) unwrap(ctx context.Context, c *Client, wrapping string) (string, error) {
	s := &c.session
	if wrapping != s.wrapping {
		client, err := c.anonymous()
		if err != nil {
			return "", err
		}
		client.SetToken(wrapping)
		found, err := client.Logical().WriteWithContext(ctx, "sys/wrapping/unwrap", nil)
		if err != nil {
			return "", a.unwrapFault(c.explain(err))
		}
		s.unwrapped = unwrapped{wrapping: wrapping}
		if found != nil {
			s.secretID, _ = found.Data["secret_id"].(string)
		}
		c.redactor.add(s.secretID)
	}
	if s.secretID == "" {
		return "", rejected("unwrap the secret id in %s: what is wrapped there is no secret id: have one put there (vault write -wrap-ttl=... -force auth/%s/role/.../secret-id)",
			a.SecretIDFile, or(a.Mount, "approle"))
	}
	return s.secretID, nil
}

func (a AppRole) unwrapFault(fault *Fault) error {
	if fault.status == http.StatusBadRequest || fault.status == http.StatusForbidden {
		return rejected("unwrap the secret id in %s: Vault does not know the wrapping token: it has expired, was unwrapped by an agent before this one, "+
			"or by somebody who should not have it; have a new one put there", a.SecretIDFile)
	}
	return fmt.Errorf("unwrap the secret id in %s: %w", a.SecretIDFile, fault)
}

// refusal says what is probably wrong with a log-in that was refused, and what to do.
func (a AppRole) refusal(said string, c *Client, credential string) string {
	renew := "make a new secret id (manifests/vault-approle.sh) and deploy it"
	if a.SecretIDFile != "" {
		renew = "have a new one put into " + a.SecretIDFile
	}
	switch ended := c.session.loginEnds.ended(credential, c.options.Now()); {
	case strings.Contains(said, "missing secret_id"):
		return "the role asks for a secret id: set vault.auth.approle.secret_id"
	case !strings.Contains(said, "invalid "):
		return "compare the role with this machine (vault read auth/" + or(a.Mount, "approle") + "/role/...)"
	case ended != "":
		return ended + "; " + renew
	}
	return "the role id or the secret id is wrong" + c.orNamespace() + ", or the secret id has expired, was used up or destroyed; " + renew
}
