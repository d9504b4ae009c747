package credhub

import (
	"net/http"
	"net/url"
	"sync"

	"code.cloudfoundry.org/credhub-cli/credhub"
	"code.cloudfoundry.org/credhub-cli/credhub/auth"

	"cert-health/hub/internal/source/remote"
)

// session is logged in to CredHub for one collection, by the official client. That client has no
// contexts and no limits: its HTTP client is replaced by ours, which has both.
type session struct {
	remote *remote.Remote
	client *credhub.CredHub
	oauth  *auth.OAuthStrategy // nil with a client certificate
	grants *grants

	mutex sync.Mutex // held while a token is replaced
}

// connect logs in.
func (s *source) connect() (*session, error) {
	n := &session{remote: s.remote}
	builder := func(config auth.Config) (auth.Strategy, error) {
		*config.Client() = *s.remote.Client()
		if s.options.ClientID == "" {
			return auth.Noop(config)
		}
		if err := n.findUAA(s, config.Client()); err != nil {
			return nil, err
		}
		n.oauth = &auth.OAuthStrategy{ClientId: s.options.ClientID, ApiClient: config.Client(), OAuthClient: n.grants, ClientCredentialRefresh: true}
		return n.oauth, nil
	}
	client, err := credhub.New(s.options.Address, credhub.Auth(builder))
	if err != nil {
		return nil, s.remote.Explain(err)
	}
	n.client = client
	return n, n.login()
}

// findUAA asks CredHub which UAA it trusts.
func (n *session) findUAA(s *source, client *http.Client) error {
	var info struct {
		UAA struct {
			URL string `json:"url"`
		} `json:"auth-server"`
	}
	if err := s.remote.Get(client, s.options.Address+"/info", &info); err != nil {
		return err
	}
	if info.UAA.URL == "" {
		return remote.NewFault(remote.Malformed, "the server at the address of this source does not name a UAA, as CredHub does: correct address")
	}
	n.grants = &grants{remote: s.remote, uaa: info.UAA.URL,
		login: remote.Login{ClientID: s.options.ClientID, ClientSecret: s.options.ClientSecret}}
	return nil
}

// login gets a token.
func (n *session) login() error {
	if n.oauth == nil {
		return nil
	}
	if err := n.oauth.Login(); err != nil {
		return n.explain(err)
	}
	return nil
}

// explain prefers the error of the last log-in: the official client quotes it and drops its type.
func (n *session) explain(err error) error {
	if n.grants != nil {
		if last := n.grants.failure(); last != nil {
			return last
		}
	}
	return n.remote.Explain(err)
}

// get asks for JSON. A token that CredHub does not accept any more is replaced once; the official
// client does that only if the token has ended.
func (n *session) get(path string, query url.Values, into any) error {
	used := n.token()
	err := n.once(path, query, into)
	if f, refused := err.(*remote.Fault); refused && f.Status == http.StatusUnauthorized && n.oauth != nil {
		if err := n.again(used); err != nil {
			return err
		}
		err = n.once(path, query, into)
	}
	if f, refused := err.(*remote.Fault); refused && f.Kind == remote.Denied {
		return n.denied(f)
	}
	return err
}

func (n *session) once(path string, query url.Values, into any) error {
	response, err := n.client.Request(http.MethodGet, path, query, nil, false)
	if err != nil {
		return n.explain(err)
	}
	return n.remote.Read(response, nil, into)
}

func (n *session) token() string {
	if n.oauth == nil {
		return ""
	}
	return n.oauth.AccessToken()
}

// again replaces a token, unless another goroutine has done so.
func (n *session) again(refused string) error {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.oauth.AccessToken() != refused {
		return nil
	}
	n.oauth.SetTokens("", "")
	return n.login()
}

// denied says which right is missing.
func (n *session) denied(f *remote.Fault) error {
	switch {
	case n.oauth == nil:
		return remote.NewFault(remote.Denied, "CredHub refuses the client certificate (%d): it needs the extended key usage clientAuth, an organizational unit app:UUID, and a CA that CredHub trusts", f.Status)
	case f.Status == http.StatusForbidden:
		return remote.NewFault(remote.Denied, "CredHub does not permit this (403): the client needs both scopes, credhub.read and credhub.write")
	}
	return remote.NewFault(remote.Denied, "CredHub refuses the token that UAA has issued (%d): check that CredHub trusts this UAA", f.Status)
}
