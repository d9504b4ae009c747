// Package people knows who sends a request and what they may do: sessions of people who log in at an
// OpenID provider or with a password, and API tokens of scripts.
//
// What a browser or a script proves itself with is random and long. The database holds hashes of it,
// and no log, error or page shows it except the one answer that hands it out.
package people

import "context"

// Role is what a person may do. Operator includes Viewer.
type Role string

// The roles. There are no others.
const (
	Anyone   Role = ""         // has not logged in
	Viewer   Role = "viewer"   // may see everything
	Operator Role = "operator" // may also change something
)

// Roles are the roles that a person can have.
func Roles() []string { return []string{string(Viewer), string(Operator)} }

// Includes tells whether the role may do what another one may do.
func (r Role) Includes(other Role) bool {
	switch other {
	case Anyone:
		return true
	case Viewer:
		return r == Viewer || r == Operator
	case Operator:
		return r == Operator
	}
	return false
}

// lesser is the role that includes less.
func lesser(a, b Role) Role {
	switch {
	case b.Includes(a):
		return a
	case a.Includes(b):
		return b
	}
	return Anyone
}

// Person is who sends a request. The zero Person has not logged in.
type Person struct {
	Name string
	Role Role
	// Session tells that a browser sent it, after a login that can be ended.
	Session bool
}

type personKey struct{}

// With returns a context that knows who sends the request.
func With(ctx context.Context, person Person) context.Context {
	return context.WithValue(ctx, personKey{}, person)
}

// Current is who sends the request of a context that went through Authenticate or Require.
func Current(ctx context.Context) Person {
	person, _ := ctx.Value(personKey{}).(Person)
	return person
}
