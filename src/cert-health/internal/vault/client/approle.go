package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/vault/api"
)

// unwrapped is a secret id and its wrapping token. The secret id is kept for the next log-in,
// because the token can unwrap it only once.
type unwrapped struct {
	wrapping string
	secretID string
}

// credential returns the secret id or the wrapping token from the configuration or the file.
// If the file cannot be read any more, it returns the last one.
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

// unwrap returns the secret id that the wrapping token wraps. It is kept even if the log-in
// fails, because the token cannot unwrap it a second time.
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
		return "", rejected("unwrap the secret id in %s: the token wraps something else than a secret id: write the token of a wrapped secret id to this file (vault write -wrap-ttl=... -force auth/%s/role/.../secret-id)",
			a.SecretIDFile, or(a.Mount, "approle"))
	}
	return s.secretID, nil
}

func (a AppRole) unwrapFault(fault *Fault) error {
	if fault.status == http.StatusBadRequest || fault.status == http.StatusForbidden {
		return rejected("unwrap the secret id in %s: Vault does not know the wrapping token: it has expired, or was used before, "+
			"by an earlier agent or by an attacker: write a new token to this file", a.SecretIDFile)
	}
	return fmt.Errorf("unwrap the secret id in %s: %w", a.SecretIDFile, fault)
}

// refusal returns the probable cause of a failed log-in, and the remedy.
func (a AppRole) refusal(said string, c *Client, credential string) string {
	renew := "create a new secret id (manifests/vault-approle.sh) and deploy it"
	if a.SecretIDFile != "" {
		renew = "write a new one to " + a.SecretIDFile
	}
	switch ended := c.session.loginEnds.ended(credential, c.options.Now()); {
	case strings.Contains(said, "missing secret_id"):
		return "the role requires a secret id: set " + c.options.property(settingAuth) + ".approle.secret_id"
	case !strings.Contains(said, "invalid "):
		return "check the limits of the role, such as the permitted addresses (vault read auth/" + or(a.Mount, "approle") + "/role/...)"
	case ended != "":
		return ended + ": " + renew
	}
	return "the role id or the secret id is wrong" + c.orNamespace() + ", or the secret id has expired, was used up or was destroyed: " + renew
}
