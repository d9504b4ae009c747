package server

import (
	"context"
	"errors"
	"net/http"

	"cert-health/hub/internal/people"
	"cert-health/hub/internal/web"
)

// webPeople are the people as the pages know them. Require has put the person into the context.
type webPeople struct{ *people.Service }

// Person implements web.People.
func (webPeople) Person(r *http.Request) web.Person {
	p := people.Current(r.Context())
	return web.Person{Name: p.Name, Operator: p.Role == people.Operator, CanLogOut: p.Session}
}

// Tokens implements web.Tokens. A page shows a person their own tokens.
func (w webPeople) Tokens(ctx context.Context, owner string) ([]web.Token, error) {
	tokens, err := w.Service.Tokens(ctx, people.Person{Name: owner, Role: people.Viewer})
	all := make([]web.Token, len(tokens))
	for i, t := range tokens {
		all[i] = web.Token{ID: t.ID, Name: t.Name, Operator: t.Role == people.Operator, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed}
	}
	return all, err
}

// CreateToken implements web.Tokens.
func (w webPeople) CreateToken(ctx context.Context, _ string, token web.Token) (string, error) {
	role := people.Viewer
	if token.Operator {
		role = people.Operator
	}
	_, issued, err := w.Service.NewToken(ctx, people.Current(ctx), token.Name, role, token.Expires)
	return issued.Token, err
}

// DeleteToken implements web.Tokens.
func (w webPeople) DeleteToken(ctx context.Context, owner, id string) error {
	err := w.Service.RemoveToken(ctx, people.Person{Name: owner, Role: people.Viewer}, id)
	if errors.Is(err, people.ErrNotFound) {
		return nil
	}
	return err
}
