package client

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/hashicorp/vault/api"
)

func (a Auth) canLogin() bool {
	return a.AppRole.RoleID != "" || a.Cert.Certificate != "" || a.JWT.File != ""
}

// credential is what the method that is set logs in with, read anew from its file. A
// client certificate is read for each handshake instead.
func (a Auth) credential(s *session) (string, error) {
	switch {
	case a.AppRole.RoleID != "":
		return a.AppRole.credential(s)
	case a.JWT.File != "":
		return readFile("the JWT", a.JWT.File)
	}
	return "", nil
}

// login logs in by the method that is set.
func (a Auth) login(ctx context.Context, c *Client, credential string) (*api.Secret, error) {
	switch {
	case a.AppRole.RoleID != "":
		return a.AppRole.login(ctx, c, credential)
	case a.JWT.File != "":
		return a.JWT.login(ctx, c, credential)
	}
	return a.Cert.login(ctx, c)
}

// method is one way to log in, as sentences name it.
type method struct {
	name   string
	mount  string
	remedy func(said string) string // for what Vault said when it refused
}

func (m method) path() string { return "auth/" + strings.Trim(m.mount, "/") }

// post sends the request of one method and explains its failure. The words around
// it are all that may be said: the request is the credential.
func (c *Client) post(ctx context.Context, m method, request map[string]any) (*api.Secret, error) {
	client, err := c.anonymous()
	if err != nil {
		return nil, err
	}
	secret, err := client.Logical().WriteWithContext(ctx, m.path()+"/login", request)
	if err != nil {
		return nil, c.loginFault(m, c.explain(err))
	}
	if secret == nil || secret.Auth == nil || secret.Auth.ClientToken == "" {
		return nil, rejected("log in by %s at %s/login: the answer holds no token: is vault.address that of a Vault?", m.name, m.path())
	}
	return secret, nil
}

// loginFault says what went wrong with a log-in, and what to do when Vault will say so
// again.
func (c *Client) loginFault(m method, fault *Fault) *Fault {
	sentence := fault.Error()
	switch fault.status {
	case http.StatusForbidden:
		// There was no token to be denied: Vault says this where it has no
		// such auth method, and where it has locked out whom it took for a guesser.
		sentence = "permission denied (403): there is no such auth method" + c.thereIn() + ", " +
			"or too many wrong attempts have locked the role for a while (user lockout): correct the credential, and wait or unlock it (sys/locked-users)"
	case http.StatusBadRequest:
		sentence += ": " + m.remedy(fault.quoted)
	case http.StatusInternalServerError:
		// Vault takes the blame for a client certificate that has expired.
		if strings.Contains(fault.quoted, "client's certificate") {
			fault.Kind = Rejected
			sentence += ": " + m.remedy(fault.quoted)
		}
	}
	return &Fault{Kind: fault.Kind, status: fault.status, sentence: fmt.Sprintf("log in by %s at %s/login: %s", m.name, m.path(), sentence)}
}

func (c *Client) thereIn() string {
	if c.options.Namespace == "" {
		return " (see vault auth list)"
	}
	return " in the namespace " + c.options.Namespace + " (see vault.namespace, and vault auth list)"
}

func (a Cert) login(ctx context.Context, c *Client) (*api.Secret, error) {
	c.transport.CloseIdleConnections() // each carries the certificate of its handshake
	request := map[string]any{}
	if a.Role != "" {
		request["name"] = a.Role
	}
	mount := or(a.Mount, "cert")
	return c.post(ctx, method{"TLS certificate", mount, func(string) string {
		for _, own := range a.credentials() {
			if own.NotAfter.Before(c.options.Now()) {
				return "the client certificate expired at " + stamp(own.NotAfter) + "; " + own.Remedy
			}
		}
		return "no role of this auth method trusts the client certificate (vault list auth/" + mount + "/certs), or a proxy before Vault does not pass it on"
	}}, request)
}

func (a JWT) login(ctx context.Context, c *Client, token string) (*api.Secret, error) {
	request := map[string]any{"jwt": token}
	role := "the default role"
	if a.Role != "" {
		request["role"], role = a.Role, "role "+a.Role
	}
	mount := or(a.Mount, "jwt")
	return c.post(ctx, method{"JWT", mount, func(said string) string {
		switch {
		case strings.Contains(said, "expired"):
			return "see to what keeps " + a.File + " fresh"
		case strings.Contains(said, "(nbf)"), strings.Contains(said, "(iat)"):
			return "compare the clock of who issues it with Vault's"
		case strings.Contains(said, "could not be found"), strings.Contains(said, "missing role"):
			return "see vault.auth.jwt.role, and vault list auth/" + mount + "/role"
		}
		return "compare " + a.File + " with " + role + " and with vault read auth/" + mount + "/config"
	}}, request)
}

// readFile reads a credential, without the space around it.
func readFile(what, name string) (string, error) {
	contents, err := os.ReadFile(name)
	if err != nil {
		return "", rejected("read %s: %s: see to what puts it there", what, err)
	}
	text := strings.TrimSpace(string(contents))
	switch {
	case text == "":
		return "", rejected("read %s: %s is empty: see to what puts it there", what, name)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", rejected("read %s: %s holds more than one word: put %s alone there", what, name, what)
	}
	return text, nil
}
