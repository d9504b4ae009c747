package order

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"

	"cert-health/internal/issue"
	"cert-health/internal/vault/keep"
)

// lists prepares the revocation lists that change: each of a CA that is in the secret of the CA.
func (j *Job) lists(ctx context.Context) error {
	kept := j.items[:0:0]
	for _, i := range j.items {
		err := j.findLister(ctx, i)
		if err == nil {
			_, err = j.list(i, i.signer.secret)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, issue.ErrRevoked) && len(j.order.Paths) > 1:
			continue
		case err != nil:
			j.refuse(i.path(), err)
			continue
		}
		kept = append(kept, i)
	}
	j.items = kept
	return nil
}

// findLister finds the CA whose list changes: that of the order itself, or the one that signed the certificate.
func (j *Job) findLister(ctx context.Context, i *item) error {
	if j.order.Verb == Revoke && !i.noun.SelfSigned() {
		return j.findSigner(ctx, i)
	}
	if !i.noun.CA {
		if j.order.Verb == Revoke {
			return errors.New("it signed itself, so no CA can revoke it: remove it from where it is trusted")
		}
		return errors.New("it is not a CA, and only a CA has a revocation list")
	}
	a, err := j.authority(ctx, i.path())
	i.signer = a
	return err
}

// list makes the list that a secret of the CA gets.
func (j *Job) list(i *item, secret *keep.Secret) (*x509.RevocationList, error) {
	old, err := secret.CRL()
	if err != nil && j.order.Verb == Revoke {
		return nil, fmt.Errorf("%s: %w", secret.Full(), err)
	}
	by := issue.Signing{CA: i.signer.certificate, Key: i.signer.key, Now: j.clerk.Now(), Random: j.clerk.Random}
	if j.order.Verb == Revoke {
		return issue.Revoke(old, i.chain[0], j.order.Reason, by)
	}
	return issue.RenewList(old, by)
}

// listOf is the revocation list that a CA gets with its new certificate, and the reason if it keeps the one that it has.
// A new CA gets an empty list.
func (j *Job) listOf(i *item, made *x509.Certificate, secret *keep.Secret) (der []byte, why error) {
	if !made.IsCA {
		return nil, nil
	}
	old, err := secret.CRL()
	if j.order.Verb == Issue {
		old, err = nil, nil
	}
	if err != nil || old == nil && j.order.Verb != Issue {
		return nil, err
	}
	list, err := issue.RenewList(old, issue.Signing{CA: made, Key: i.ownKey(), Now: j.clerk.Now(), Random: j.clerk.Random})
	if err != nil {
		return nil, err
	}
	return list.Raw, nil
}
