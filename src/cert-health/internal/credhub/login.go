package credhub

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"cert-health/internal/secret"
)

// login returns a token that is not the refused one.
func (c *Client) login(ctx context.Context, refused secret.Value) (secret.Value, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.token.IsZero() && !c.token.Equal(refused) {
		return c.token, nil
	}
	uaa, err := c.findUAA(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	form := url.Values{"grant_type": {"client_credentials"}, "response_type": {"token"},
		"client_id": {c.options.ClientID}, "client_secret": {c.options.ClientSecret.Reveal()}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, uaa+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return secret.Value{}, errors.New("CredHub names a UAA with an address that is not valid")
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var answer struct {
		Token string `json:"access_token"`
	}
	if err := c.do(request, "UAA", &answer); err != nil {
		return secret.Value{}, err
	}
	if answer.Token == "" {
		return secret.Value{}, errors.New("UAA answers without a token: check that CredHub uses a UAA")
	}
	c.token = secret.New(answer.Token)
	return c.token, nil
}

// findUAA asks CredHub which UAA it trusts. The client's secret goes there, so that it must be https.
func (c *Client) findUAA(ctx context.Context) (string, error) {
	target := *c.base
	target.Path += "/info"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		return "", errors.New("the address of CredHub is not valid")
	}
	var info struct {
		UAA struct {
			URL string `json:"url"`
		} `json:"auth-server"`
	}
	if err := c.do(request, "CredHub", &info); err != nil {
		return "", err
	}
	if !strings.HasPrefix(info.UAA.URL, "https://") {
		return "", errors.New("the server does not name a UAA with an address of https, as CredHub does: check " + AddressVariable)
	}
	return strings.TrimSuffix(info.UAA.URL, "/"), nil
}
