package people

import (
	"net"
	"net/http"
	"net/url"
	"strings"
)

// doomsdayHeader is where Doomsday's clients send a token.
const doomsdayHeader = "X-Doomsday-Token"

// Identify returns who sent a request, by a token or by the cookie of a session. It is ErrNotLoggedIn
// if the request has neither, or if they are not valid any more. If the hub asks for no login, it is an
// operator without a name.
func (s *Service) Identify(r *http.Request) (Person, error) {
	if s.Options.None {
		return s.withoutLogin(r)
	}
	if token, ok := bearer(r); ok {
		return s.ofToken(r.Context(), token)
	}
	if cookie, err := r.Cookie(s.sessions.Cookie.Name); err == nil {
		return s.ofSession(r.Context(), cookie.Value)
	}
	return Person{}, ErrNotLoggedIn
}

// bearer is the token that a request sends.
func bearer(r *http.Request) (token string, ok bool) {
	if token = r.Header.Get(doomsdayHeader); token != "" {
		return token, true
	}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

// withoutLogin lets requests of this machine in. A page of another site whose name leads to a loopback
// address has another Host: it may not make the browser ask.
func (s *Service) withoutLogin(r *http.Request) (Person, error) {
	person := Person{Role: Operator}
	if s.Options.InsecurePublicNone {
		return person, nil
	}
	if !isLoopback(AddressOf(r)) || !isLoopback(hostOf(r.Host)) && !s.isExternal(r.Host) {
		return Person{}, ErrNotLoggedIn
	}
	return person, nil
}

func (s *Service) isExternal(host string) bool {
	external, err := url.Parse(s.ExternalURL)
	return err == nil && external.Host != "" && strings.EqualFold(external.Host, host)
}

// AddressOf is where a request comes from, without the port.
func AddressOf(r *http.Request) string { return hostOf(r.RemoteAddr) }

func hostOf(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return strings.Trim(address, "[]")
}
