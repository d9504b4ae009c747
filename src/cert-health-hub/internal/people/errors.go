package people

import (
	"errors"
	"time"
)

// The errors of this package that callers tell apart. Compare with errors.Is.
var (
	ErrNotLoggedIn = errors.New("log in first: in the browser, or with a token as Authorization: Bearer TOKEN")
	ErrRefused     = errors.New("the name or the password is wrong; try again, or ask an operator for a new password")
	ErrExpired     = errors.New("the login has expired or was refused; begin again")
	ErrPending     = errors.New("the login waits for its confirmation in the browser")
	ErrNotFound    = errors.New("there is no such token; list the tokens to see their IDs")
	ErrForbidden   = errors.New("this needs the role operator, and you do not have it; ask an operator")
	ErrTooMany     = errors.New("you have 200 tokens; remove some that are not used")
	ErrNoLogin     = errors.New("a hub without a login has no tokens; configure a login")
	ErrNoRole      = errors.New("you have logged in, but none of your groups may use the hub; ask an operator to add one of them below login.oidc.roles")
)

// WaitError says that there were too many attempts.
type WaitError struct{ After time.Duration }

// Error says how long to wait.
func (e *WaitError) Error() string {
	return "there were too many attempts; try again in " + (e.After.Truncate(time.Second) + time.Second).String()
}
