package remote

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"cert-health/internal/secret"
	"cert-health/internal/strict"
)

// Login is how a source logs in to UAA: as a client or, with a User, as a user.
type Login struct {
	ClientID     string
	ClientSecret secret.Value
	User         string
	Password     secret.Value
}

// Token gets an access token of UAA. A client sends its credentials in the form, where their characters
// need no rule; a client of users has no secret, for which UAA needs the header.
func (r *Remote) Token(uaa string, login Login) (string, error) {
	tokenURL := strings.TrimSuffix(uaa, "/") + "/oauth/token"
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, r.Client()) // Begin has set the context
	var (
		token *oauth2.Token
		err   error
	)
	if login.User != "" {
		users := oauth2.Config{ClientID: login.ClientID, ClientSecret: login.ClientSecret.Reveal(),
			Endpoint: oauth2.Endpoint{TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInHeader}}
		token, err = users.PasswordCredentialsToken(ctx, login.User, login.Password.Reveal())
	} else {
		clients := clientcredentials.Config{ClientID: login.ClientID, ClientSecret: login.ClientSecret.Reveal(),
			TokenURL: tokenURL, AuthStyle: oauth2.AuthStyleInParams}
		token, err = clients.Token(ctx)
	}
	if err != nil {
		return "", r.explainToken(login, err)
	}
	return token.AccessToken, nil
}

// explainToken explains why there is no token. The library's error quotes the answer.
func (r *Remote) explainToken(login Login, err error) *Fault {
	refused := (*oauth2.RetrieveError)(nil)
	if !errors.As(err, &refused) || refused.Response == nil {
		if strings.Contains(err.Error(), "cannot parse") || strings.Contains(err.Error(), "missing access_token") {
			return fault(Malformed, "the answer of UAA cannot be understood: correct the address of UAA")
		}
		return r.explain("UAA", err)
	}
	status := refused.Response.StatusCode
	switch {
	case status == http.StatusNotFound:
		return fault(Rejected, "there is no UAA at this address (404): correct the address of UAA")
	case status == http.StatusBadRequest, status == http.StatusUnauthorized, status == http.StatusForbidden:
		f := fault(Denied, "UAA refuses the log-in (%d): correct %s of this source", status, login.settings())
		f.Status = status
		return f
	}
	return r.statusOf("UAA", status)
}

func (l Login) settings() string {
	if l.User != "" {
		return "user and password"
	}
	return "client_id and client_secret"
}

// CheckAddress adds what is wrong with the address of a server to problems. It quotes nothing: the
// address may hold a password.
func CheckAddress(problems *strict.Problems, key, address, example string) {
	parsed, err := url.Parse(address)
	switch {
	case address == "":
		problems.Add("%s is missing: add it, as in %s", key, example)
	case err != nil, parsed.Scheme != "https", parsed.Host == "":
		problems.Add("%s must be an address such as %s", key, example)
	case parsed.User != nil, parsed.RawQuery != "", parsed.Fragment != "":
		problems.Add("%s must have no user, no query and no fragment: write %s", key, example)
	}
}
