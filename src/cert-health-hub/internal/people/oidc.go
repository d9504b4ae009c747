package people

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"cert-health/hub/internal/db"
)

// visitTime is how long a person may take at the provider.
const visitTime = 10 * time.Minute

// visit is what the browser keeps while a person is at the provider, in a cookie: an unfinished login
// costs the hub nothing.
type visit struct{ state, nonce, verifier, next string }

func (s *Service) visitCookie() string { return s.cookie("cert-health-login") }

// startOIDC sends a person to the provider.
func (s *Service) startOIDC(w http.ResponseWriter, r *http.Request) {
	next := local(r.URL.Query().Get("next"))
	found, err := s.provider.discover(r.Context())
	if err != nil {
		s.failOIDC(w, r, next, err)
		return
	}
	v := visit{random(), random(), oauth2.GenerateVerifier(), next}
	values := url.Values{"state": {v.state}, "nonce": {v.nonce}, "verifier": {v.verifier}, "next": {v.next}}
	http.SetCookie(w, &http.Cookie{Name: s.visitCookie(), Value: values.Encode(), Path: "/", MaxAge: int(visitTime.Seconds()),
		HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
	address := s.provider.oauth(found).AuthCodeURL(v.state, oidc.Nonce(v.nonce), oauth2.S256ChallengeOption(v.verifier))
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// visited reads the cookie of a visit and removes it: it is good for one answer.
func (s *Service) visited(w http.ResponseWriter, r *http.Request) (visit, error) {
	cookie, err := r.Cookie(s.visitCookie())
	if err != nil {
		return visit{}, ErrExpired
	}
	http.SetCookie(w, &http.Cookie{Name: cookie.Name, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
	values, err := url.ParseQuery(cookie.Value)
	v := visit{values.Get("state"), values.Get("nonce"), values.Get("verifier"), local(values.Get("next"))}
	state := r.URL.Query().Get("state")
	if err != nil || v.state == "" || subtle.ConstantTimeCompare([]byte(v.state), []byte(state)) != 1 {
		return visit{}, ErrExpired
	}
	return v, nil
}

// finishOIDC begins the session of a person who comes from the provider.
func (s *Service) finishOIDC(w http.ResponseWriter, r *http.Request) {
	v, err := s.visited(w, r)
	if err != nil {
		s.failOIDC(w, r, "/", err)
		return
	}
	person, err := s.exchange(r, v)
	if err == nil {
		err = s.begin(w, r, person, "")
	}
	if err != nil {
		s.failOIDC(w, r, v.next, err)
		return
	}
	s.note(r.Context(), "login", person.Name, person.Name, "%s logs in at the identity provider, from %s", person.Name, AddressOf(r))
	http.Redirect(w, r, v.next, http.StatusSeeOther)
}

// errDenied says that the provider did not let the person in.
var errDenied = errors.New("the identity provider refused the login; ask those who run it")

// exchange returns the person for the code that the provider has sent.
func (s *Service) exchange(r *http.Request, v visit) (Person, error) {
	query := r.URL.Query()
	if query.Get("error") != "" {
		return Person{}, errDenied
	}
	ctx, cancel := context.WithTimeout(r.Context(), 3*providerTime)
	defer cancel()
	found, err := s.provider.discover(ctx)
	if err != nil {
		return Person{}, err
	}
	token, err := s.provider.oauth(found).Exchange(s.provider.with(ctx), query.Get("code"), oauth2.VerifierOption(v.verifier))
	if err != nil {
		return Person{}, errors.Join(errProvider, reason(err))
	}
	person, err := s.provider.person(ctx, found, token, v.nonce)
	if err != nil {
		return Person{}, err
	}
	return person, s.distinct(ctx, person)
}

// distinct refuses a person with the name of a user of the hub: they would share tokens.
func (s *Service) distinct(ctx context.Context, person Person) error {
	_, err := s.Store.User(ctx, person.Name)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return errTaken
}

var errTaken = errors.New("the hub has a user of its own with your name; ask an operator to remove that user")

// reason is what the provider says of a code that it does not take: the name of the error, without the
// answer, which may quote what the hub has sent.
func reason(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return errors.New("its error is " + strings.ToValidUTF8(refused.ErrorCode, ""))
	}
	return err
}

// failOIDC shows the login page with what went wrong.
func (s *Service) failOIDC(w http.ResponseWriter, r *http.Request, next string, err error) {
	status, text := s.status(w, err), sentence(err)
	switch {
	case isProvider(err):
		s.Log.Error("a login at the identity provider failed", "error", err)
		status, text = http.StatusBadGateway, sentence(errProvider)
	case errors.Is(err, errDenied), errors.Is(err, errTaken):
		status = http.StatusForbidden
	case status == http.StatusServiceUnavailable:
		s.Log.Error("a login failed", "error", err)
		text = "The hub cannot log you in now. Try again, and look into its log."
	}
	s.showLogin(w, r, status, LoginPage{Next: next, Error: text})
}
