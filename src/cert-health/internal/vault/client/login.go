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

// credential returns the credential of the configured method, which is read from its file each
// time. A client certificate is read during each handshake instead.
func (a Auth) credential(s *session) (string, error) {
	switch {
	case a.AppRole.RoleID != "":
		return a.AppRole.credential(s)
	case a.JWT.File != "":
		return readFile("the JWT", a.JWT.File)
	}
	return "", nil
}

// login logs in with the configured method.
func (a Auth) login(ctx context.Context, c *Client, credential string) (*api.Secret, error) {
	switch {
	case a.AppRole.RoleID != "":
		return a.AppRole.login(ctx, c, credential)
	case a.JWT.File != "":
		return a.JWT.login(ctx, c, credential)
	}
	return a.Cert.login(ctx, c)
}

// method describes an auth method for error messages.
type method struct {
	name   string
	mount  string
	remedy func(said string) string // for the message of Vault
}

func (m method) path() string { return "auth/" + strings.Trim(m.mount, "/") }

// post sends the log-in request of a method and explains its failure. No error may quote the
// request, which is the credential.
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
		return nil, rejected("log in by %s at %s/login: the answer contains no token: check that %s is the address of Vault", m.name, m.path(), c.name(settingAddress))
	}
	return secret, nil
}

// loginFault explains a failed log-in, and adds the remedy if another attempt would fail too.
func (c *Client) loginFault(m method, fault *Fault) *Fault {
	sentence := fault.Error()
	switch fault.status {
	case http.StatusForbidden:
		// The request has no token. Vault answers 403 if there is no such auth method, and
		// if it has locked the credential after too many failures.
		sentence = "permission denied (403): the auth method does not exist" + c.whereListed() + ", " +
			"or too many failed log-ins have locked the role (user lockout): correct the credential, then wait or unlock the role (sys/locked-users)"
	case http.StatusBadRequest:
		sentence += ": " + m.remedy(fault.quoted)
	case http.StatusInternalServerError:
		// Vault reports an expired client certificate as an internal error.
		if strings.Contains(fault.quoted, "client's certificate") {
			fault.Kind = Rejected
			sentence += ": " + m.remedy(fault.quoted)
		}
	}
	return &Fault{Kind: fault.Kind, status: fault.status, sentence: fmt.Sprintf("log in by %s at %s/login: %s", m.name, m.path(), sentence)}
}

func (c *Client) whereListed() string {
	if c.options.Namespace == "" {
		return " (check vault auth list)"
	}
	return " in the namespace " + c.options.Namespace + " (check " + c.name(settingNamespace) + " and vault auth list)"
}

func (a Cert) login(ctx context.Context, c *Client) (*api.Secret, error) {
	c.transport.CloseIdleConnections() // they belong to the certificate of their handshake
	request := map[string]any{}
	if a.Role != "" {
		request["name"] = a.Role
	}
	mount := or(a.Mount, "cert")
	return c.post(ctx, method{"TLS certificate", mount, func(string) string {
		for _, own := range a.credentials(c.options.property(settingClientCert)) {
			if own.NotAfter.Before(c.options.Now()) {
				return "the client certificate expired at " + stamp(own.NotAfter) + ": " + own.Remedy
			}
		}
		return "no role of this auth method trusts the client certificate (check vault list auth/" + mount + "/certs), or a proxy in front of Vault does not pass it on"
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
			return "check the program that writes " + a.File
		case strings.Contains(said, "(nbf)"), strings.Contains(said, "(iat)"):
			return "compare the clocks of Vault and of the issuer of the JWT"
		case strings.Contains(said, "could not be found"), strings.Contains(said, "missing role"):
			return "correct " + c.options.property(settingAuth) + ".jwt.role: vault list auth/" + mount + "/role lists the roles"
		}
		return "compare the JWT in " + a.File + " with " + role + " and with vault read auth/" + mount + "/config"
	}}, request)
}

// readFile reads a credential, without leading and trailing white space.
func readFile(what, name string) (string, error) {
	contents, err := os.ReadFile(name)
	if err != nil {
		return "", rejected("read %s: %s: check the program that writes it", what, err)
	}
	text := strings.TrimSpace(string(contents))
	switch {
	case text == "":
		return "", rejected("read %s: %s is empty: check the program that writes it", what, name)
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return "", rejected("read %s: %s contains more than one word: write only %s to it", what, name, what)
	}
	return text, nil
}
