package order

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
)

// The type of a new key, as safe has it.
const (
	defaultAlgorithm = x509.RSA
	defaultBits      = 4096
)

// errManyNames says that a name was given for several certificates.
var errManyNames = errors.New("a subject or names belong to one certificate: name one path")

// try makes each certificate on trial: what cannot be made is known before anything is written.
func (j *Job) try(ctx context.Context) error {
	changes := j.order.Changes
	if len(j.items) > 1 && (j.order.Verb == Issue || changes.Subject != nil || changes.Names != nil) {
		return errManyNames
	}
	made := j.items[:0:0]
	for _, i := range j.items {
		err := j.tryOne(ctx, i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			i.made = nil
			j.refuse(i.path(), err)
			continue
		}
		made = append(made, i)
		if i.signer != nil && i.signer.counter != "" {
			i.signer.planned++
		}
	}
	j.items = made
	return nil
}

func (j *Job) tryOne(ctx context.Context, i *item) (err error) {
	if err = j.findSigner(ctx, i); err != nil {
		return err
	}
	if err = j.newKey(i); err != nil {
		return err
	}
	if err = j.countable(i); err != nil {
		return err
	}
	serial, err := issue.NextSerial("", j.clerk.Random)
	if err != nil {
		return err
	}
	i.made, err = j.make(i, serial)
	return err
}

// countable tells why the counter that gives an item its serial number has no next one, or nil.
func (j *Job) countable(i *item) error {
	counter, of := i.secret.Serial(), i.path()
	switch {
	case i.signer != nil:
		counter, of = i.signer.counter, i.signer.path
	case j.order.Verb == Issue:
		return nil // it gets a random number
	}
	if _, err := issue.NextSerial(counter, j.clerk.Random); err != nil {
		return fmt.Errorf("take a serial number of %s: %w", of, err)
	}
	return nil
}

// newKey makes the new key of an item, if it gets one.
func (j *Job) newKey(i *item) (err error) {
	switch {
	case j.order.Verb == Reissue && !i.key.IsZero():
		i.fresh, err = i.key.Another(j.order.KeyType, j.clerk.Random)
	case j.order.Verb == Reissue && j.order.KeyType == (issue.KeyType{}):
		i.fresh, err = issue.GenerateKey(issue.TypeOf(i.old().PublicKey), j.clerk.Random)
	case j.order.Verb == Reissue, j.order.Verb == Issue:
		i.fresh, err = issue.GenerateKey(j.keyType(), j.clerk.Random)
	}
	return err
}

// make makes the certificate of an item.
func (j *Job) make(i *item, serial *big.Int) (made *x509.Certificate, err error) {
	by := j.signing(i)
	by.Serial = serial
	switch j.order.Verb {
	case Issue:
		made, err = issue.New(j.order.Profile, i.fresh, by)
	case Renew:
		made, err = issue.Renew(i.old(), j.order.Changes, by)
	default:
		made, err = issue.Reissue(i.old(), i.fresh, j.order.Changes, by)
	}
	if err == nil && !i.ownKey().Matches(made) {
		return nil, errors.New("the new certificate does not have the key that is kept with it: this is a fault of the program")
	}
	return made, err
}

// signing says who signs an item.
func (j *Job) signing(i *item) issue.Signing {
	by := issue.Signing{Key: i.ownKey(), Now: j.clerk.Now(), Random: j.clerk.Random}
	if i.signer != nil {
		by.CA, by.Key = i.signer.current()
	}
	return by
}

// children are the certificates of the tree that a CA signed and that the order does not make again.
func (j *Job) children(ctx context.Context, i *item) (paths []string, err error) {
	tree, err := j.clerk.whole(ctx, j.order.Paths)
	if err != nil {
		return nil, fmt.Errorf("look for the certificates that %s signed: %w", i.path(), err)
	}
	for _, e := range tree.Entries {
		if e.Full() != i.path() && !j.makes(e.Full()) && e.Certificate.SignedBy(i.noun) == cert.Signed {
			paths = append(paths, e.Full())
		}
	}
	return paths, nil
}

func (j *Job) makes(path string) bool {
	for _, i := range j.items {
		if i.path() == path {
			return true
		}
	}
	return false
}
