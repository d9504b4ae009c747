package rotator

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/vault/keep"
	"cert-health/internal/vault/order"
)

// vaultName is what surveys call Vault.
const vaultName = "Vault"

// Vault is a CA in a KV engine of Vault.
//
// The secret of the CA has the layout of safe: `certificate` is what jobs trust, with the CA that signs first, and
// `key`, `serial` and `crl` are those of the CA that signs. While there are two, the other one is in a secret beside it, with its
// key: in PATH-next the new one, before it signs; in PATH-previous the old one, when the new one signs.
type Vault struct {
	Clerk *order.Clerk // its Roots are the paths below which leaves are looked for; without one, the engine of the CA
	Path  string       // of the secret of the CA, with the mount

	nouns map[string]*cert.Certificate // by fingerprint
	own   *keep.Secret                 // of the CA
	next  *keep.Secret
	prev  *keep.Secret
	// raw are the certificates that can be written, by fingerprint.
	raw     map[string]*x509.Certificate
	keyless map[string]bool // paths of leaves without a private key
	unread  []keep.Problem
	former  []string // fingerprints of CAs that the secret held before

	prepared *order.Job // the renewal of leaves
}

// Close wipes what was read.
func (v *Vault) Close() {
	v.own.Wipe()
	v.next.Wipe()
	v.prev.Wipe()
	if v.prepared != nil {
		v.prepared.Wipe()
	}
}

// Format prints the path and no key, for every verb.
func (v *Vault) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, v.Path) }

// Gather reads the CA, what is beside it, and all secrets in which its leaves may be.
func (v *Vault) Gather(ctx context.Context, b *survey.Builder) error {
	v.Path = strings.Trim(v.Path, "/")
	v.nouns, v.raw, v.keyless = map[string]*cert.Certificate{}, map[string]*x509.Certificate{}, map[string]bool{}
	for _, read := range []struct {
		into **keep.Secret
		path string
	}{{&v.own, v.Path}, {&v.next, v.Path + rotation.NextSuffix}, {&v.prev, v.Path + rotation.PreviousSuffix}} {
		secret, err := v.Clerk.Store.Read(ctx, read.path)
		if err != nil {
			return err
		}
		*read.into = secret
		if err := v.authority(b, secret); err != nil && secret.Exists() {
			return fmt.Errorf("%s: %w", secret.Full(), err)
		}
	}
	if !v.own.Exists() {
		return fmt.Errorf("%s does not exist: name the secret of a CA, as in secret/cf/ca", v.Path)
	}
	if err := v.history(ctx, b); err != nil {
		return err
	}
	return v.tree(ctx, b)
}

// authority adds the CAs of a secret.
func (v *Vault) authority(b *survey.Builder, secret *keep.Secret) error {
	chain, err := secret.Chain()
	if err != nil {
		return err
	}
	own := survey.Secret{Store: vaultName, Path: secret.Full(), Key: keep.CertificateKey, Version: secret.Version(), NotAfter: chain[0].NotAfter}
	for _, c := range chain {
		own.Certificates = append(own.Certificates, v.add(b, c))
	}
	if !own.Certificates[0].CA {
		return fmt.Errorf("its certificate is not a CA: name the secret of the CA")
	}
	b.Secret(own)
	return nil
}

func (v *Vault) add(b *survey.Builder, c *x509.Certificate) *survey.Certificate {
	n := cert.New(c)
	print := n.Fingerprint.String()
	v.nouns[print], v.raw[print] = n, c
	return b.Certificate(noun(n))
}

// Refine proves who signed the leaves, and adds the CAs that were there before.
func (v *Vault) Refine(_ context.Context, s *survey.Survey, store *rotation.Store) error {
	for _, c := range s.Certificates {
		if slices.Contains(v.former, c.Fingerprint) && !v.above(c, store) {
			store.AddFormer(c)
		}
	}
	cas := append([]*survey.Certificate{store.New}, store.Old...)
	var leaves []rotation.Leaf
	for _, l := range store.Leaves {
		own, foreign := v.nouns[l.Certificate.Fingerprint], true
		for _, ca := range cas {
			by := v.nouns[ca.Fingerprint]
			if own == nil || by == nil {
				foreign = false
				continue
			}
			switch own.SignedBy(by) {
			case cert.Signed:
				l.SignedBy, foreign = ca, false
			case cert.Unverifiable:
				foreign = false
			}
		}
		if foreign {
			continue // of another CA with the same name
		}
		if v.keyless[l.Path] {
			l.Why = "its private key is not in this secret, so that it must be renewed by hand"
		}
		leaves = append(leaves, l)
	}
	store.Leaves = leaves
	if len(v.unread) > 0 {
		store.Blind = append(store.Blind, fmt.Sprintf("%d paths of Vault could not be read (%s: %s): certificates in them that the CA signed are not counted", len(v.unread), v.unread[0].Path, v.unread[0].Reason))
	}
	return nil
}

// above tells whether a certificate only stands above the CA: it signed it, and has another name.
func (v *Vault) above(c *survey.Certificate, store *rotation.Store) bool {
	return c.Subject != store.New.Subject && !store.New.SelfIssued() && store.New.SignedBy(c)
}

// now is the time.
func (v *Vault) now() time.Time { return v.Clerk.Now() }
