package api

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Role is what a person may do. A later role includes those before it.
type Role string

// The roles. There are no others.
const (
	Anyone   Role = ""         // has not logged in
	Viewer   Role = "viewer"   // may see everything
	Operator Role = "operator" // may also change something
)

// allows tells whether the role includes another one.
func (r Role) allows(need Role) bool {
	return need == Anyone || r == need || r == Operator && need == Viewer
}

// Person is who sends a request.
type Person struct {
	Name string
	Role Role
}

// People know who a request is from. Their methods are called by several goroutines.
type People interface {
	// Identify returns who sent a request, by a bearer token or by the cookie of a session. It is
	// ErrNotLoggedIn if the request has neither, or if they are not valid any more. If the hub asks for
	// no login, it is an operator.
	Identify(r *http.Request) (Person, error)
	// Login checks a password, and makes a token for the time of a session. It is ErrRefused if the
	// password is wrong, and a *WaitError after too many attempts from the address or for the name.
	Login(ctx context.Context, username, password, address string) (Issued, error)
	// Methods tells how people can log in.
	Methods() Methods
	// Tokens are the tokens that a person may see: their own, or all for an operator.
	Tokens(ctx context.Context, by Person) ([]Token, error)
	// NewToken makes a token with a role that is not greater than that of the person.
	NewToken(ctx context.Context, by Person, name string, role Role, expires time.Time) (Token, Issued, error)
	// RemoveToken ends a token; ErrNotFound if the person may not see one of that ID.
	RemoveToken(ctx context.Context, by Person, id string) error
	// StartDevice begins the login of a program in a person's browser.
	StartDevice(ctx context.Context, address string) (Device, error)
	// PollDevice returns the token when the person has confirmed. Before that it is ErrPending, and
	// ErrRefused when the code is not valid any more.
	PollDevice(ctx context.Context, code string) (Issued, error)
}

// Methods are the ways to log in. All are false if the hub asks for no login.
type Methods struct {
	Local  bool `json:"local" doc:"with a name and a password that the hub keeps"`
	OIDC   bool `json:"oidc" doc:"at an OpenID provider, such as UAA, in the browser"`
	Device bool `json:"device" doc:"a program can start a login in the browser"`
}

// None tells whether the hub asks for no login.
func (m Methods) None() bool { return !m.Local && !m.OIDC }

// Issued is a token that a person or a program has just received. It is never kept or logged.
type Issued struct {
	Token   string
	Expires time.Time
	Person  Person
}

// Token is what is known of a token: never the token itself.
type Token struct {
	ID       string
	Name     string
	Role     Role
	Owner    string
	Created  time.Time
	Expires  time.Time // zero: never
	LastUsed time.Time // zero: never
}

// Device is a login that waits for a person.
type Device struct {
	DeviceCode string // for PollDevice; it is secret
	UserCode   string // what the person sees
	URL        string // where the person confirms, with the code
	Expires    time.Time
	Interval   time.Duration // between two polls
}

// The errors of People. Compare with errors.Is.
var (
	ErrNotLoggedIn = errors.New("log in first: send a token as Authorization: Bearer TOKEN")
	ErrRefused     = errors.New("the name or the password is wrong, or the login has expired: try again")
	ErrPending     = errors.New("the login waits for its confirmation in the browser")
	ErrNotFound    = errors.New("there is none with this name")
	ErrForbidden   = errors.New("this needs a role that you do not have: ask an operator")
)

// WaitError says that there were too many attempts.
type WaitError struct{ After time.Duration }

// Error says how long to wait.
func (e *WaitError) Error() string {
	return "there were too many attempts: try again in " + e.After.Round(time.Second).String()
}
