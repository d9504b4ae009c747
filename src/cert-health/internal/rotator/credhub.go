package rotator

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/credhub"
	"cert-health/internal/survey"
)

// credhubName is what surveys call CredHub.
const credhubName = "CredHub"

// CredHub is a CA in CredHub. Its newest version is the new CA; the transitional flag says which of two is handed
// out and does not sign. CredHub makes all keys, and none leaves it.
type CredHub struct {
	Client *credhub.Client
	Name   string // of the CA
	Step   func() // called for each certificate that is read; nil is none

	ca       *credhub.Certificate
	versions map[string]string // the version of the CA, by fingerprint
	newest   string            // fingerprint
	children map[string]*credhub.Certificate
	nouns    map[string]*cert.Certificate
	lacking  []string // certificates with which CredHub does not hand out both CAs
}

// Close has nothing to wipe: no key was read.
func (h *CredHub) Close() {}

// maxVersions is how many earlier versions of a CA are read.
const maxVersions = 10

// Gather reads the CA in its versions, and what it signs.
func (h *CredHub) Gather(ctx context.Context, b *survey.Builder) error {
	h.Name = "/" + strings.Trim(h.Name, "/")
	h.versions, h.children, h.nouns = map[string]string{}, map[string]*credhub.Certificate{}, map[string]*cert.Certificate{}
	all, err := h.Client.All(ctx)
	if err != nil {
		return err
	}
	for i := range all {
		switch c := &all[i]; {
		case c.Name == h.Name:
			h.ca = c
		case c.SignedBy == h.Name:
			h.children[c.Name] = c
		}
	}
	if h.ca == nil {
		_, err := h.Client.Named(ctx, h.Name)
		return err
	}
	if err := h.authority(ctx, b); err != nil {
		return err
	}
	for _, child := range h.children {
		if err := h.child(ctx, b, child); err != nil {
			return err
		}
	}
	return nil
}

// authority adds the CA: what it hands out, and the versions before.
func (h *CredHub) authority(ctx context.Context, b *survey.Builder) error {
	active, transitional := h.ca.Active(), h.ca.Transitional()
	if active < 0 {
		return fmt.Errorf("every version of %s is transitional, so that none signs: take the flag away with credhub curl -X PUT -p /api/v1/certificates/%s/update_transitional_version -d '{\"version\": null}'", h.Name, h.ca.ID)
	}
	list := make([]*survey.Certificate, len(h.ca.Versions))
	for i, version := range h.ca.Versions {
		if i > max(active, transitional)+maxVersions {
			break
		}
		c, err := h.read(ctx, b, version.ID)
		if err != nil {
			return err
		}
		if !c.Certificate[0].CA {
			return fmt.Errorf("%s is not a CA: name the CA that signs it", h.Name)
		}
		list[i] = b.Certificate(noun(c.Certificate[0]))
		if h.versions[list[i].Fingerprint] == "" {
			h.versions[list[i].Fingerprint] = version.ID
		}
	}
	h.newest = list[0].Fingerprint
	own := survey.Secret{Store: credhubName, Path: h.Name, Key: "certificate", Certificates: []*survey.Certificate{list[active]}, NotAfter: list[active].NotAfter}
	if transitional >= 0 {
		own.Certificates = append(own.Certificates, list[transitional])
	}
	b.Secret(own)
	return nil
}

func (h *CredHub) read(ctx context.Context, b *survey.Builder, version string) (credhub.Contents, error) {
	if h.Step != nil {
		h.Step()
	}
	c, err := h.Client.Read(ctx, version)
	for _, n := range slices.Concat(c.Certificate, c.CAs) {
		h.nouns[n.Fingerprint.String()] = n
	}
	return c, err
}

// child adds a certificate that the CA signs, and the CAs that CredHub hands out with it.
func (h *CredHub) child(ctx context.Context, b *survey.Builder, c *credhub.Certificate) error {
	active := c.Active()
	if active < 0 {
		return nil
	}
	contents, err := h.read(ctx, b, c.Versions[active].ID)
	if credhub.IsNotFound(err) {
		return nil // it was deleted in this moment
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	for key, list := range map[string][]*cert.Certificate{"certificate": contents.Certificate, "ca": contents.CAs} {
		own := survey.Secret{Store: credhubName, Path: c.Name, Key: key}
		for _, n := range list {
			own.Certificates = append(own.Certificates, b.Certificate(noun(n)))
		}
		if len(list) > 0 {
			own.NotAfter = list[0].NotAfter
			b.Secret(own)
		}
	}
	return nil
}
