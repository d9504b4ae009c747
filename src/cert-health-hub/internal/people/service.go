package people

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"cert-health/hub/internal/db"
)

// Store keeps users, tokens, devices and events. *db.DB is one.
type Store interface {
	User(ctx context.Context, name string) (db.User, error)
	AddToken(ctx context.Context, t db.Token) error
	Tokens(ctx context.Context, owner string) ([]db.Token, error)
	TokenOf(ctx context.Context, hash []byte) (db.Token, error)
	UseToken(ctx context.Context, id string, at time.Time) error
	RemoveToken(ctx context.Context, id string) error
	AddDevice(ctx context.Context, device db.Device, now time.Time) error
	DeviceOf(ctx context.Context, code string, now time.Time) (db.Device, error)
	ConfirmDevice(ctx context.Context, code, person, role string, now time.Time) error
	RemoveDevice(ctx context.Context, code string) error
	TakeDevice(ctx context.Context, hash []byte, now time.Time) (db.Device, error)
	AddEvent(ctx context.Context, e db.Event) error
}

// Config is what a Service needs.
type Config struct {
	Options Options
	Store   Store
	// Sessions keeps sessions; db.Sessions is one.
	Sessions scs.CtxStore
	// Pages shows the pages of the login; nil: simple ones.
	Pages Pages
	// ExternalURL is where people reach the hub: scheme and host. With https cookies are sent over TLS
	// only.
	ExternalURL string
	Log         *slog.Logger
	Now         func() time.Time
}

// Service knows people. Its methods are called by several goroutines.
type Service struct {
	Config
	sessions *scs.SessionManager
	provider *provider // nil: none
	guard    *guard
}

// New makes a Service. It sends no request: the provider may be down now.
func New(config Config) (*Service, error) {
	s := &Service{Config: config, guard: newGuard(config.Now)}
	if s.Pages == nil {
		s.Pages = simplePages{}
	}
	s.sessions = scs.New()
	s.sessions.Store = config.Sessions
	s.sessions.Lifetime = config.Options.SessionTime
	s.sessions.Cookie = scs.SessionCookie{
		Name: s.cookie("cert-health"), Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode, Persist: true,
	}
	if !config.Options.OIDC.set() {
		return s, nil
	}
	var err error
	s.provider, err = newProvider(config.Options.OIDC, config.ExternalURL, config.Now)
	return s, err
}

// secure tells whether people reach the hub by TLS.
func (s *Service) secure() bool { return len(s.ExternalURL) > 6 && s.ExternalURL[:6] == "https:" }

// cookie is the name of a cookie. A browser takes one with the prefix only from this host, over TLS.
func (s *Service) cookie(name string) string {
	if s.secure() {
		return "__Host-" + name
	}
	return name
}

// Methods are the ways to log in. All are false if the hub asks for no login.
type Methods struct{ Local, OIDC, Device bool }

// None tells whether the hub asks for no login.
func (m Methods) None() bool { return !m.Local && !m.OIDC }

// Methods tells how people can log in.
func (s *Service) Methods() Methods {
	o := s.Options
	return Methods{Local: o.Local, OIDC: s.provider != nil, Device: !o.None}
}

// note keeps an event. A failure is in the log: what happened has happened.
func (s *Service) note(ctx context.Context, kind, actor, subject, format string, values ...any) {
	event := db.Event{At: s.Now(), Kind: kind, Actor: actor, Subject: subject, Text: fmt.Sprintf(format, values...)}
	s.Log.Info(event.Text, "event", kind, "actor", actor, "subject", subject)
	if err := s.Store.AddEvent(context.WithoutCancel(ctx), event); err != nil {
		s.Log.Error("an event was not kept", "event", kind, "error", err)
	}
}
