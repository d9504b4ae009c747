package server

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cert-health/hub/internal/api"
	"cert-health/hub/internal/people"
	"cert-health/hub/internal/web"
)

// apiPeople are the people as the API knows them.
type apiPeople struct{ *people.Service }

// translated is an error of people as one of the API.
func translated(err error) error {
	var wait *people.WaitError
	switch {
	case errors.As(err, &wait):
		return &api.WaitError{After: wait.After}
	case errors.Is(err, people.ErrNotLoggedIn):
		return api.ErrNotLoggedIn
	case errors.Is(err, people.ErrRefused), errors.Is(err, people.ErrExpired), errors.Is(err, people.ErrNoRole):
		return api.ErrRefused
	case errors.Is(err, people.ErrPending):
		return api.ErrPending
	case errors.Is(err, people.ErrNotFound):
		return api.ErrNotFound
	case errors.Is(err, people.ErrForbidden):
		return api.ErrForbidden
	}
	return err
}

func apiPerson(p people.Person) api.Person { return api.Person{Name: p.Name, Role: api.Role(p.Role)} }

func person(p api.Person) people.Person {
	return people.Person{Name: p.Name, Role: people.Role(p.Role)}
}

func apiIssued(i people.Issued) api.Issued {
	return api.Issued{Token: i.Token, Expires: i.Expires, Person: apiPerson(i.Person)}
}

func apiToken(t people.Token) api.Token {
	return api.Token{ID: t.ID, Name: t.Name, Role: api.Role(t.Role), Owner: t.Owner, Created: t.Created, Expires: t.Expires, LastUsed: t.LastUsed}
}

// Identify implements api.People.
func (a apiPeople) Identify(r *http.Request) (api.Person, error) {
	p, err := a.Service.Identify(r)
	return apiPerson(p), translated(err)
}

// Login implements api.People.
func (a apiPeople) Login(ctx context.Context, username, password, address string) (api.Issued, error) {
	issued, err := a.Service.Login(ctx, username, password, address)
	return apiIssued(issued), translated(err)
}

// Methods implements api.People.
func (a apiPeople) Methods() api.Methods {
	m := a.Service.Methods()
	return api.Methods{Local: m.Local, OIDC: m.OIDC, Device: m.Device}
}

// Tokens implements api.People.
func (a apiPeople) Tokens(ctx context.Context, by api.Person) ([]api.Token, error) {
	tokens, err := a.Service.Tokens(ctx, person(by))
	all := make([]api.Token, len(tokens))
	for i, t := range tokens {
		all[i] = apiToken(t)
	}
	return all, translated(err)
}

// NewToken implements api.People.
func (a apiPeople) NewToken(ctx context.Context, by api.Person, name string, role api.Role, expires time.Time) (api.Token, api.Issued, error) {
	token, issued, err := a.Service.NewToken(ctx, person(by), name, people.Role(role), expires)
	return apiToken(token), apiIssued(issued), translated(err)
}

// RemoveToken implements api.People.
func (a apiPeople) RemoveToken(ctx context.Context, by api.Person, id string) error {
	return translated(a.Service.RemoveToken(ctx, person(by), id))
}

// StartDevice implements api.People.
func (a apiPeople) StartDevice(ctx context.Context, address string) (api.Device, error) {
	d, err := a.Service.StartDevice(ctx, address)
	return api.Device{DeviceCode: d.DeviceCode, UserCode: d.UserCode, URL: d.URL, Expires: d.Expires, Interval: d.Interval}, translated(err)
}

// PollDevice implements api.People.
func (a apiPeople) PollDevice(ctx context.Context, code string) (api.Issued, error) {
	issued, err := a.Service.PollDevice(ctx, code)
	return apiIssued(issued), translated(err)
}

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
	return w.Service.RemoveToken(ctx, people.Person{Name: owner, Role: people.Viewer}, id)
}
