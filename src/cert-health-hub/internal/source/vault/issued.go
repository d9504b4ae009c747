package vault

import (
	"context"
	"fmt"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/cert"
	"cert-health/internal/extract"
	"cert-health/internal/vault/client"
)

// issued reads the certificates that a PKI engine has issued, and its issuers. A certificate is read
// once; whether it is revoked is in a list.
func (p *pass) issued(ctx context.Context, mount string) {
	p.listed(ctx, mount, "issuers", "issuer/", p.issuer)
	revoked, revocationsKnown := p.revoked(ctx, mount)
	l := &ledger{pass: p, mount: mount, revoked: revoked, listed: revocationsKnown}
	p.listed(ctx, mount, "certs", "cert/", l.certificate)
	l.close()
}

// listed calls a function for each name in a list of the engine, with the path of its item.
func (p *pass) listed(ctx context.Context, mount, list, below string, visit func(ctx context.Context, path string) error) {
	names, err := p.client.ListAt(ctx, mount+list)
	if err != nil {
		p.unseen(mount+below, p.check(err).Error())
		return
	}
	p.nothing()
	if len(names) > p.options.MaxSecrets {
		p.unseen(mount+below, fmt.Sprintf("there are more certificates than %smax_secrets (%d), and the rest is not read: raise it, or tidy the engine (vault write %stidy tidy_cert_store=true)",
			p.options.Client.Prefix, p.options.MaxSecrets, mount))
		names = names[:p.options.MaxSecrets]
	}
	var paths []string
	for _, name := range names {
		if path := mount + below + name; !p.excluded(path) {
			paths = append(paths, path)
		}
	}
	p.client.Each(ctx, paths, func(_ int, path string) error {
		err := visit(ctx, path)
		if client.Is(err, client.NotFound) {
			return nil // it was tidied away since it was listed
		}
		return p.check(err)
	}, func(path, reason string) {
		if path != "" { // otherwise the time is over, or Vault is gone
			p.unseen(path, reason)
		}
	})
}

// revoked returns the serial numbers of revoked certificates. It is not ok if Vault does not tell: old
// versions have no such list.
func (p *pass) revoked(ctx context.Context, mount string) (serials map[string]bool, ok bool) {
	names, err := p.client.ListAt(ctx, mount+"certs/revoked")
	if err != nil {
		return nil, false
	}
	serials = map[string]bool{}
	for _, name := range names {
		serials[plain(name)] = true
	}
	return serials, true
}

// plain is a serial number without its colons.
func plain(serial string) string {
	return strings.ReplaceAll(strings.ReplaceAll(serial, ":", ""), "-", "")
}

// answer is what Vault says about a certificate or an issuer.
type answer struct {
	Data struct {
		Certificate string `json:"certificate"`
		RevokedAt   int64  `json:"revocation_time"`
		Issuer      string `json:"issuer_name"`
	} `json:"data"`
}

// certificate is the first certificate of an answer.
func (a *answer) certificate() (*cert.Certificate, error) {
	var e extract.Extractor
	found := e.Value([]byte(a.Data.Certificate))
	switch {
	case len(found.Certificates) > 0:
		return found.Certificates[0].Certificate, nil
	case len(found.Broken) > 0:
		return nil, fmt.Errorf("the certificate cannot be read: %s", found.Broken[0].Reason)
	}
	return nil, fmt.Errorf("the answer has no certificate")
}

// item makes an item of the answer.
func (a *answer) item(path, kind string, c *cert.Certificate) inventory.Item {
	item := inventory.Item{Path: path, Kind: kind, Version: current}
	s := inventory.Sighting{Certificate: inventory.IDOf(c.Fingerprint), State: inventory.Current, Since: c.NotBefore}
	if a.Data.RevokedAt > 0 {
		item.Version, s.State, s.Since = revoked, inventory.Revoked, time.Unix(a.Data.RevokedAt, 0).UTC()
		item.Details = append(item.Details, inventory.Detail{Name: "revoked", Value: s.Since.Format("2006-01-02 15:04 UTC")})
	}
	if a.Data.Issuer != "" {
		item.Details = append(item.Details, inventory.Detail{Name: "issuer name", Value: a.Data.Issuer})
	}
	item.Sightings = []inventory.Sighting{s}
	return item
}

// The versions of an item of a PKI engine: nothing else of it ever changes.
const (
	current = "issued"
	revoked = "revoked"
)

// issuer reads a CA of the engine. Its name may change, and it may be revoked: it is read each time.
func (p *pass) issuer(ctx context.Context, path string) error {
	var a answer
	err := p.client.Get(ctx, path, &a)
	if client.Is(err, client.Denied) {
		err = p.client.Get(ctx, path+"/json", &a) // needs no right, and does not tell whether it is revoked
	}
	if err != nil {
		return err
	}
	c, err := a.certificate()
	if err != nil {
		return err
	}
	item := a.item(path, "issuer", c)
	item.Version = ""
	p.add(item, c)
	return nil
}
