package order

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"io"

	"cert-health/internal/cert"
	"cert-health/internal/extract/dercert"
	"cert-health/internal/issue"
	"cert-health/internal/vault/keep"
)

// item is one certificate of an order.
type item struct {
	secret *keep.Secret
	chain  []*x509.Certificate // the certificate and what is behind it; empty if there is none yet
	noun   *cert.Certificate   // the first of the chain; nil without one
	key    issue.Key           // of the certificate that is there
	fresh  issue.Key           // the new one; zero: the key stays

	signer *authority        // nil: it signs itself
	made   *x509.Certificate // on trial, and then the one that is written
	notes  []string          // for the plan
}

// Format prints the path and no key, for every verb.
func (i *item) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, i.path()) }

func (i *item) path() string { return i.secret.Full() }

// old is the certificate that is there; nil without one.
func (i *item) old() *x509.Certificate {
	if len(i.chain) == 0 {
		return nil
	}
	return i.chain[0]
}

// ownKey is the key of the certificate that is made.
func (i *item) ownKey() issue.Key {
	if i.fresh.IsZero() {
		return i.key
	}
	return i.fresh
}

// isCA tells whether the certificate that is made is a CA.
func (i *item) isCA() bool { return i.made != nil && i.made.IsCA }

// errMismatch says that a secret is not whole.
var errMismatch = errors.New("its key `key` is not the private key of its certificate: reissue it, which makes a new key")

// open reads the certificate and the key of a secret.
func (i *item) open() (err error) {
	if i.chain, err = i.secret.Chain(); err != nil {
		return err
	}
	if i.noun, err = dercert.Parse(i.chain[0].Raw); err != nil {
		return fmt.Errorf("read its certificate: %w", err)
	}
	i.key, err = keyOf(i.secret)
	return err
}

func keyOf(s *keep.Secret) (issue.Key, error) {
	text := s.KeyPEM()
	defer clear(text)
	if len(text) == 0 {
		return issue.Key{}, errors.New("it has no private key under the key `key`, where safe and cert-health keep it")
	}
	key, err := issue.ParseKey(text)
	if err != nil {
		return issue.Key{}, fmt.Errorf("read its key `key`: %w", err)
	}
	return key, nil
}

// replaced are the certificates of a chain that have a successor: older certificates of the CA that signs.
func (i *item) replaced(more map[[sha256.Size]byte]*x509.Certificate) map[[sha256.Size]byte]*x509.Certificate {
	next := map[[sha256.Size]byte]*x509.Certificate{}
	for _, behind := range i.chain[min(1, len(i.chain)):] {
		print := sha256.Sum256(behind.Raw)
		if successor := more[print]; successor != nil {
			next[print] = successor
		} else if i.signer != nil && i.noun != nil && i.succeeds(behind) {
			next[print], _ = i.signer.current()
		}
	}
	return next
}

// succeeds tells whether the CA that signs takes the place of a certificate of the chain: it signed the certificate
// before, and is another one now.
func (i *item) succeeds(behind *x509.Certificate) bool {
	now, _ := i.signer.current()
	return !behind.Equal(now) && i.noun.SignedBy(cert.New(behind)) == cert.Signed
}
