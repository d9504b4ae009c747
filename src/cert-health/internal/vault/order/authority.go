package order

import (
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"slices"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/vault/keep"
)

// authority is a CA that signs.
type authority struct {
	path        string
	noun        *cert.Certificate
	certificate *x509.Certificate
	behind      []*x509.Certificate
	key         issue.Key
	counter     string // the last serial number; empty without one
	version     int    // of its engine
	secret      *keep.Secret
	planned     int   // how many numbers are planned
	item        *item // of the same order, if it changes the CA too
}

// Format prints the path and no key, for every verb.
func (a *authority) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, a.path) }

// current is the certificate with which the CA signs: the new one, if the order makes one.
func (a *authority) current() (*x509.Certificate, issue.Key) {
	if a.item != nil {
		return a.item.made, a.item.ownKey()
	}
	return a.certificate, a.key
}

// authority opens the secret of a CA, once.
func (j *Job) authority(ctx context.Context, place string) (*authority, error) {
	if a := j.authorities[place]; a != nil {
		return a, nil
	}
	opened, a := &item{}, &authority{path: place}
	if at := slices.IndexFunc(j.items, func(i *item) bool { return i.path() == place && i.noun != nil }); at >= 0 {
		a.item = j.items[at]
		opened = a.item
	} else if err := j.open(ctx, opened, place); err != nil {
		return nil, err
	}
	a.secret, a.noun, a.certificate, a.behind, a.key = opened.secret, opened.noun, opened.chain[0], opened.chain[1:], opened.key
	a.counter, a.version = opened.secret.Serial(), opened.secret.Mount.Version
	j.authorities[place] = a
	return a, nil
}

// open opens the secret of a CA that the order does not change.
func (j *Job) open(ctx context.Context, i *item, place string) (err error) {
	if i.secret, err = j.clerk.Store.Read(ctx, place); err != nil {
		return err
	}
	j.opened = append(j.opened, i.secret)
	if !i.secret.Exists() {
		return fmt.Errorf("the CA %s does not exist: correct the path", place)
	}
	if err := i.open(); err != nil {
		return fmt.Errorf("the CA %s cannot sign: %w", place, err)
	}
	if !i.key.Matches(i.chain[0]) {
		return fmt.Errorf("the CA %s cannot sign: its key `key` is not the private key of its certificate", place)
	}
	return nil
}

// allowed tells why a CA must not sign.
func (j *Job) allowed(ctx context.Context, a *authority) error {
	if a.item != nil {
		if a.item.made == nil {
			return fmt.Errorf("its CA %s cannot be made, see there", a.path)
		}
		return issue.CheckSigner(issue.Candidate{Path: a.path, Certificate: cert.New(a.item.made)}, j.clerk.Now())
	}
	revoked, err := j.revoked(ctx, a)
	if err != nil {
		return err
	}
	return issue.CheckSigner(issue.Candidate{Path: a.path, Certificate: a.noun, Revoked: revoked}, j.clerk.Now())
}

// revoked is when the CA of a CA revoked it; zero if it did not, or if its CA is not known.
func (j *Job) revoked(ctx context.Context, a *authority) (time.Time, error) {
	if a.noun.SelfSigned() {
		return time.Time{}, nil
	}
	place, err := j.locate(ctx, &item{secret: a.secret, chain: []*x509.Certificate{a.certificate}, noun: a.noun})
	if err != nil {
		return time.Time{}, ctx.Err() // a CA whose own CA is elsewhere
	}
	parent, err := j.authority(ctx, place)
	if err != nil {
		return time.Time{}, ctx.Err()
	}
	list, err := parent.secret.CRL()
	if err != nil || list == nil || !parent.noun.SignedList(list) {
		return time.Time{}, nil
	}
	return issue.RevokedAt(list, a.certificate.SerialNumber), nil
}
