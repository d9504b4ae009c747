// Package vault finds the certificates in a HashiCorp Vault: in the secrets of its KV engines, among
// what its PKI engines have issued, and the one that its server shows.
//
// It reads with the client of the agent: of a secret only the certificates are kept, and values that
// are usual for private keys are not searched.
package vault

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/vault/client"
)

// Type is the type of these sources.
const Type = "vault"

// source is one Vault. It implements inventory.Source.
type source struct {
	options Options
	client  *client.Client
	address string          // host and port
	engines map[string]bool // that an earlier collection saw and looked into
}

// New prepares a source with a name, which messages contain. It sends nothing.
func New(name string, o Options) (inventory.Source, error) {
	o = o.withDefaults()
	o.Client.Prefix, o.Client.Owner = "sources["+name+"].", "hub"
	vault, err := client.New(o.Client)
	if err != nil {
		return nil, fmt.Errorf("prepare the source %s: %w", name, err)
	}
	o.Client.Auth = client.Auth{} // only the client needs it, and it must not be printed
	return &source{options: o, client: vault, address: endpoint(o.Client.Address), engines: map[string]bool{}}, nil
}

// endpoint returns the host and port of an address.
func endpoint(address string) string {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return ""
	case u.Port() != "":
		return u.Host
	case u.Scheme == "https":
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// retries is how many requests of a collection may be sent again. More would add to the load of a
// Vault that is busy already, and the next collection tries again.
const retries = 200

// Collect implements inventory.Source.
func (s *source) Collect(ctx context.Context, known inventory.Known) (*inventory.Collection, error) {
	s.client.AllowRetries(retries)
	before := s.client.Requests()
	if err := s.client.Authenticate(ctx); err != nil {
		return nil, err
	}
	walk, stop := context.WithCancel(ctx)
	defer stop()
	p := newPass(s, known, stop)
	areas, err := s.areas(walk, p)
	if err != nil {
		return nil, err
	}
	for _, a := range areas {
		a.visit(walk, p)
	}
	p.endpoint()
	if err := p.failure(ctx); err != nil {
		return nil, err
	}
	c := p.collection()
	c.Credentials, c.Requests = s.client.Credentials(), s.client.Requests()-before
	return c, nil
}

// failure is why nothing was seen although something should have been: the source as a whole has
// failed. An empty Vault has not.
func (p *pass) failure(ctx context.Context) error {
	if ctx.Err() != nil {
		p.unseen("", p.late())
	} else if p.away != "" {
		p.unseen("", p.away)
	}
	if p.seen || len(p.missed) == 0 {
		return nil
	}
	first := p.missed[0]
	return errors.New(strings.TrimPrefix(first.Path+": "+first.Reason, ": "))
}
