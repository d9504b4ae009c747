package opsman

import (
	"errors"
	"net/http"

	"cert-health/hub/internal/source/remote"
)

// session is logged in to Ops Manager for one collection. It is used by one goroutine: one call at a
// time.
type session struct {
	remote *remote.Remote
	client *http.Client
	base   string
	login  remote.Login
	token  string
}

// connect logs in to the UAA of Ops Manager.
func (s *source) connect() (*session, error) {
	n := &session{remote: s.remote, client: s.remote.Client(), base: s.options.Address, login: s.options.login()}
	return n, n.renew()
}

// renew gets a new token.
func (n *session) renew() (err error) {
	n.token, err = n.remote.Token(n.base+"/uaa", n.login)
	return err
}

// Do sends a request with the token.
func (n *session) Do(request *http.Request) (*http.Response, error) {
	request.Header.Set("Authorization", "Bearer "+n.token)
	return n.client.Do(request)
}

// get asks for JSON, with a new token if the old one is not accepted any more.
func (n *session) get(path string, into any) error {
	err := n.remote.Get(n, n.base+path, into)
	if statusOf(err) == http.StatusUnauthorized {
		if err := n.renew(); err != nil {
			return err
		}
		err = n.remote.Get(n, n.base+path, into)
	}
	switch statusOf(err) {
	case http.StatusBadRequest:
		return remote.NewFault(remote.Rejected, "Ops Manager cannot answer before its setup is complete (400): log in there and complete it")
	case http.StatusUnauthorized:
		return remote.NewFault(remote.Denied, "Ops Manager refuses the token that its UAA has just issued (401): check the clock of Ops Manager, and correct %s of this source", n.settings())
	case http.StatusForbidden:
		return remote.NewFault(remote.Denied, "Ops Manager does not permit this (403): give %s of this source the scope opsman.full_view", n.settings())
	}
	return err
}

func (n *session) settings() string {
	if n.login.User != "" {
		return "the user"
	}
	return "the client"
}

// statusOf is the status of an answer that is an error, or 0.
func statusOf(err error) int {
	f := (*remote.Fault)(nil)
	if errors.As(err, &f) {
		return f.Status
	}
	return 0
}
