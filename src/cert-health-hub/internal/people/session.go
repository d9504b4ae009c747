package people

import (
	"context"
	"errors"
	"net/http"

	"cert-health/hub/internal/db"
)

// The keys of what a session holds.
const (
	nameKey       = "name"
	roleKey       = "role"
	generationKey = "generation" // of the user's password; empty if the provider knows the person
)

// begin begins a session in place of an earlier one, with a new cookie.
func (s *Service) begin(w http.ResponseWriter, r *http.Request, person Person, generation string) error {
	s.end(w, r)
	ctx, err := s.sessions.Load(r.Context(), "")
	if err != nil {
		return err
	}
	s.sessions.Put(ctx, nameKey, person.Name)
	s.sessions.Put(ctx, roleKey, string(person.Role))
	s.sessions.Put(ctx, generationKey, generation)
	token, expiry, err := s.sessions.Commit(ctx)
	if err != nil {
		return err
	}
	s.sessions.WriteSessionCookie(ctx, w, token, expiry)
	return nil
}

// end ends the session of a request, if it has one.
func (s *Service) end(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie(s.sessions.Cookie.Name)
	if err != nil {
		return
	}
	if err := s.Sessions.DeleteCtx(r.Context(), cookie.Value); err != nil {
		s.Log.Error("a session was not ended", "error", err)
	}
	http.SetCookie(w, &http.Cookie{Name: cookie.Name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

// ofSession is the person of a session: ErrNotLoggedIn if it is not valid any more.
func (s *Service) ofSession(ctx context.Context, cookie string) (Person, error) {
	ctx, err := s.sessions.Load(ctx, cookie)
	if err != nil {
		return Person{}, err
	}
	person := Person{Name: s.sessions.GetString(ctx, nameKey), Role: Role(s.sessions.GetString(ctx, roleKey)), Session: true}
	if person.Name == "" {
		return Person{}, ErrNotLoggedIn
	}
	password := s.sessions.GetString(ctx, generationKey)
	if password == "" {
		if s.provider == nil { // it was configured when the session began
			return Person{}, ErrNotLoggedIn
		}
		return person, nil
	}
	user, err := s.Store.User(ctx, person.Name)
	switch {
	case errors.Is(err, db.ErrNotFound), err == nil && (user.Disabled || generation(user) != password || !s.Options.Local):
		return Person{}, ErrNotLoggedIn
	case err != nil:
		return Person{}, err
	}
	person.Role = Role(user.Role)
	return person, nil
}
