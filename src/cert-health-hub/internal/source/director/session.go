package director

import (
	"errors"
	"net/http"
	"sync"

	"github.com/cloudfoundry/bosh-cli/v7/director"

	"cert-health/hub/internal/source/remote"
)

// session is logged in to the Director for one collection. The BOSH CLI's own packages send the
// requests, and get a new token after a refusal; contexts and limits are ours.
type session struct {
	remote *remote.Remote
	base   string
	client remote.Doer

	uaa   string // empty: the Director has users of its own
	login remote.Login

	mutex sync.Mutex
	token string
}

// userClient is the client of UAA with which people log in to the Director.
const userClient = "bosh_cli"

// connect finds out how to log in, and logs in.
func (s *source) connect() (*session, error) {
	o := s.options
	n := &session{remote: s.remote, base: o.Address}
	if err := n.findUAA(); err != nil {
		return nil, err
	}
	adjustment := director.NewAuthRequestAdjustment(n.authorization, "", "")
	switch {
	case n.uaa != "" && o.User != "":
		n.login = remote.Login{ClientID: userClient, User: o.User, Password: o.Password}
	case n.uaa != "":
		n.login = remote.Login{ClientID: o.ClientID, ClientSecret: o.ClientSecret}
	case o.User != "":
		adjustment = director.NewAuthRequestAdjustment(nil, o.User, o.Password.Reveal())
	default:
		adjustment = director.NewAuthRequestAdjustment(nil, o.ClientID, o.ClientSecret.Reveal())
	}
	n.client = director.NewAdjustableClient(s.remote.Client(), adjustment)
	if n.uaa == "" {
		return n, nil
	}
	_, err := n.authorization(false)
	return n, err
}

// findUAA asks the Director which UAA it trusts.
func (n *session) findUAA() error {
	var info struct {
		Authentication struct {
			Type    string `json:"type"`
			Options struct {
				URL  string   `json:"url"`
				URLs []string `json:"urls"`
			} `json:"options"`
		} `json:"user_authentication"`
	}
	if err := n.remote.Get(n.remote.Client(), n.base+"/info", &info); err != nil {
		return err
	}
	switch a := info.Authentication; {
	case a.Type == "basic":
	case a.Type == "uaa" && len(a.Options.URLs) > 0:
		n.uaa = a.Options.URLs[0]
	case a.Type == "uaa" && a.Options.URL != "":
		n.uaa = a.Options.URL
	default:
		return remote.NewFault(remote.Malformed, "the server at the address of this source does not say how to log in, as a Director does: correct address")
	}
	return nil
}

// authorization is the value of the header. After a refusal it has a new token.
func (n *session) authorization(refused bool) (string, error) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	if n.token == "" || refused {
		token, err := n.remote.Token(n.uaa, n.login)
		if err != nil {
			return "", err
		}
		n.token = token
	}
	return "Bearer " + n.token, nil
}

// get asks for JSON. The Director answers 401 for a right that is missing, too.
func (n *session) get(path string, into any) error {
	return n.explain(n.remote.Get(n.client, n.base+path, into))
}

// explain names the rights that a refusal means.
func (n *session) explain(err error) error {
	if f := (*remote.Fault)(nil); errors.As(err, &f) && f.Status == http.StatusUnauthorized {
		if n.uaa == "" {
			return remote.NewFault(remote.Denied, "the Director refuses user and password, or does not permit this to the user (401): correct them")
		}
		return remote.NewFault(remote.Denied, "the Director does not permit this to a token that UAA has just issued (401): the client needs the scope bosh.read, or bosh.teams.TEAM.read of a team's deployment")
	}
	return err
}
