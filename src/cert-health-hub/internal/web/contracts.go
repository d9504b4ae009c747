package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/hub/internal/platform"
)

// Person is who asks. The zero Person has not logged in.
type Person struct {
	Name     string
	Operator bool // may acknowledge, refresh, and everything else that writes
	// CanLogOut is false where the hub has no login.
	CanLogOut bool
}

// Platform computes over all that the hub knows. *platform.Service is one.
type Platform interface {
	Look(ctx context.Context) (*platform.Look, error)
}

// People tells who sends a request. It is asked once for each page.
type People interface {
	Person(r *http.Request) Person
}

// Acks keeps acknowledgements. An implementation also writes the event.
type Acks interface {
	Acknowledge(ctx context.Context, ack inventory.Ack) error
	// Unacknowledge does nothing if there is no acknowledgement: someone else may have ended it.
	Unacknowledge(ctx context.Context, certificate inventory.ID, by string) error
}

// ErrElsewhere is the error of a Refresher that cannot ask the sources, because another hub does.
var ErrElsewhere = errors.New("another hub collects")

// Refresher asks a source again before its time. An implementation also writes the event.
type Refresher interface {
	// Refresh begins a collection of a source, or of all if the name is empty. It does not wait for
	// its end.
	Refresh(ctx context.Context, source, by string) error
}

// Event is one thing that happened: a person or the hub changed something.
type Event struct {
	ID      int64
	At      time.Time
	Kind    string
	Actor   string
	Subject string
	Text    string
}

// Events lists what happened.
type Events interface {
	// Events returns the events with a smaller ID, the newest first. An ID of 0 begins with the
	// newest of all.
	Events(ctx context.Context, before int64, limit int) ([]Event, error)
}

// Token is an API token of a person. What it consists of is known only at its creation.
type Token struct {
	ID       string
	Name     string
	Operator bool
	Created  time.Time
	Expires  time.Time
	LastUsed time.Time // zero if it was never used
}

// Tokens keeps API tokens. An implementation also writes the events.
type Tokens interface {
	Tokens(ctx context.Context, owner string) ([]Token, error)
	// CreateToken returns the secret that scripts send. It is not kept.
	CreateToken(ctx context.Context, owner string, token Token) (secret string, err error)
	// DeleteToken does nothing if the owner has no such token any more.
	DeleteToken(ctx context.Context, owner, id string) error
}

// Calendars keeps the secret URLs of calendars, at most one for each person. An implementation also
// writes the events.
type Calendars interface {
	// CreateCalendar returns a URL that replaces an earlier one. It is not kept.
	CreateCalendar(ctx context.Context, person string) (url string, err error)
	RemoveCalendar(ctx context.Context, person string) error
}
