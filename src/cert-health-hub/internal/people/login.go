package people

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// loginPage shows how to log in.
func (s *Service) loginPage(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	if s.Options.None || Current(r.Context()).Name != "" {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	s.showLogin(w, r, http.StatusOK, LoginPage{Next: next})
}

// showLogin adds to a page what is the same each time.
func (s *Service) showLogin(w http.ResponseWriter, r *http.Request, status int, page LoginPage) {
	page.Local = s.Options.Local
	if s.provider != nil {
		page.OIDC = "/oidc/start?" + url.Values{"next": {page.Next}}.Encode()
	}
	s.Pages.Login(w, r, status, page)
}

// local is a path of this host, for after the login. Every other address is replaced.
func local(next string) string {
	parsed, err := url.Parse(next)
	if err != nil || parsed.Scheme != "" || parsed.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(parsed.Path, "/log") {
		return "/"
	}
	return next
}

// login begins a session of a user with a password.
func (s *Service) login(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || !s.Options.Local {
		s.refuse(w, r, http.StatusBadRequest, "the form was not readable, or this hub has no passwords; open /login")
		return
	}
	name, next := r.PostForm.Get("name"), local(r.PostForm.Get("next"))
	person, generation, err := s.check(r.Context(), name, r.PostForm.Get("password"), AddressOf(r))
	if err == nil {
		err = s.begin(w, r, person, generation)
	}
	if err != nil {
		s.failLogin(w, r, LoginPage{Next: next, Name: name}, err)
		return
	}
	s.note(r.Context(), "login", person.Name, person.Name, "%s logs in with a password from %s", person.Name, AddressOf(r))
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// check returns the person of a name and a password, within the limits of attempts.
func (s *Service) check(ctx context.Context, name, password, address string) (person Person, password8 string, err error) {
	if !s.Options.Local || len(name) > maxUserName {
		return Person{}, "", ErrRefused
	}
	err = s.guard.attempt(ctx, name, address, func() error {
		user, err := s.checkPassword(ctx, name, password)
		person, password8 = Person{Name: user.Name, Role: Role(user.Role)}, generation(user)
		return err
	})
	if errors.Is(err, ErrRefused) { // the name may be a password in the wrong field
		s.Log.Warn("a login failed", "address", address)
	}
	return person, password8, err
}

// failLogin shows the login page again.
func (s *Service) failLogin(w http.ResponseWriter, r *http.Request, page LoginPage, err error) {
	status := s.status(w, err)
	page.Error = sentence(err)
	if status == http.StatusServiceUnavailable {
		s.Log.Error("a login failed", "error", err)
		page.Error = "The hub cannot log you in now. Try again, and look into its log."
	}
	s.showLogin(w, r, status, page)
}

// status is the one of an error. It sets Retry-After where that helps.
func (s *Service) status(w http.ResponseWriter, err error) int {
	var wait *WaitError
	switch {
	case errors.As(err, &wait):
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.After.Seconds())+1))
		return http.StatusTooManyRequests
	case errors.Is(err, ErrRefused), errors.Is(err, ErrExpired):
		return http.StatusUnauthorized
	case errors.Is(err, ErrNoRole), errors.Is(err, ErrForbidden):
		return http.StatusForbidden
	}
	w.Header().Set("Retry-After", "5")
	return http.StatusServiceUnavailable
}

// sentence is an error for a page.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// logout ends the session.
func (s *Service) logout(w http.ResponseWriter, r *http.Request) {
	if person := Current(r.Context()); person.Session {
		s.note(r.Context(), "logout", person.Name, person.Name, "%s logs out", person.Name)
	}
	s.end(w, r)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// Login checks a password, and makes a token for the time of a session. It is ErrRefused if the password
// is wrong, and a *WaitError after too many attempts from the address or for the name.
func (s *Service) Login(ctx context.Context, name, password, address string) (Issued, error) {
	person, _, err := s.check(ctx, name, password, address)
	if err != nil {
		return Issued{}, err
	}
	_, issued, err := s.issue(ctx, person, "login from "+address, person.Role, s.Now().Add(s.Options.SessionTime))
	if err == nil {
		s.note(ctx, "login", person.Name, person.Name, "%s logs in with a password from %s", person.Name, address)
	}
	return issued, err
}
