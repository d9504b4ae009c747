package people

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// claims are what a provider says of a person.
type claims map[string]json.RawMessage

// text is a claim that is a string.
func (c claims) text(name string) string {
	var text string
	_ = json.Unmarshal(c[name], &text)
	return text
}

// list is a claim that is a list, or a string of words.
func (c claims) list(name string) []string {
	var list []string
	if json.Unmarshal(c[name], &list) == nil {
		return list
	}
	return strings.Fields(c.text(name))
}

// name is what people call the person. user_name is that of a UAA.
func (c claims) name() string {
	for _, claim := range []string{"preferred_username", "user_name", "email", "sub"} {
		name := strings.TrimSpace(strings.Map(func(r rune) rune {
			if unicode.IsGraphic(r) {
				return r
			}
			return -1
		}, c.text(claim)))
		if name != "" && len(name) <= maxUserName {
			return name
		}
	}
	return ""
}

// person verifies what the provider has answered.
func (p *provider) person(ctx context.Context, found *oidc.Provider, token *oauth2.Token, nonce string) (Person, error) {
	ctx = p.with(ctx)
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return Person{}, fmt.Errorf("%w (it hands out no id_token)", errProvider)
	}
	id, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.options.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		return Person{}, fmt.Errorf("%w (%w)", errProvider, err)
	}
	if nonce == "" || id.Nonce != nonce {
		return Person{}, ErrExpired
	}
	said := claims{}
	if err := id.Claims(&said); err != nil {
		return Person{}, fmt.Errorf("%w (%w)", errProvider, err)
	}
	person := Person{Name: said.name(), Role: p.options.Roles.role(p.groups(ctx, found, token, id.Subject, said)), Session: true}
	if person.Name == "" {
		return Person{}, fmt.Errorf("%w (it names no person)", errProvider)
	}
	if person.Role == Anyone {
		return person, ErrNoRole
	}
	return person, nil
}

// groups are those of the ID token, else those of the access token, which a UAA signs as well, else those
// that the provider says when it is asked.
func (p *provider) groups(ctx context.Context, found *oidc.Provider, token *oauth2.Token, subject string, said claims) []string {
	claim := p.options.groupsClaim()
	if _, ok := said[claim]; ok && claim != "scope" { // the scope of an ID token is always openid
		return said.list(claim)
	}
	access, err := found.VerifierContext(ctx, &oidc.Config{SkipClientIDCheck: true, Now: p.now}).Verify(ctx, token.AccessToken)
	more := claims{}
	if err == nil && access.Subject == subject && access.Claims(&more) == nil && more[claim] != nil {
		return more.list(claim)
	}
	if found.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := found.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err == nil && info.Subject == subject && info.Claims(&more) == nil {
		return more.list(claim)
	}
	return nil
}

// isProvider tells whether the provider is at fault.
func isProvider(err error) bool { return errors.Is(err, errProvider) }
