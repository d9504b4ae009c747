package order

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
	"cert-health/internal/verdict"
)

// maxTurns is how often a secret is read again because someone else has changed other values of it.
const maxTurns = 10

// Run makes the certificates and writes them, CAs first. After a failure it begins nothing more: what is behind may
// depend on what failed. The results have the order of the plan's acts.
func (j *Job) Run(ctx context.Context) (results []plan.Result) {
	r := &run{Job: j, replaced: map[[sha256.Size]byte]*x509.Certificate{}}
	var stopped error
	for _, i := range j.items {
		result := plan.Result{Verb: string(j.order.Verb), Target: i.path(), State: plan.Untouched}
		if stopped == nil {
			result.State = plan.Done
			if result.Detail, stopped = r.carryOut(ctx, i); stopped != nil {
				result.State, result.Detail = plan.Failed, stopped.Error()
			}
		}
		results = append(results, result)
	}
	return results
}

// run is one run of a job.
type run struct {
	*Job
	replaced map[[sha256.Size]byte]*x509.Certificate // certificates of CAs and their successors so far
}

// carryOut writes one item, and says what it wrote.
func (r *run) carryOut(ctx context.Context, i *item) (detail string, err error) {
	target := i.secret
	if r.order.Verb == Revoke || r.order.Verb == RenewList {
		target = i.signer.secret
	}
	for turn := 0; ; turn++ {
		before, err := r.clerk.Store.Read(ctx, target.Full())
		if err != nil {
			return "", err
		}
		err = r.same(target, before)
		if err == nil {
			detail, err = r.attempt(ctx, i, before)
		}
		before.Wipe()
		if err == nil || !client.Is(err, client.Conflict) || turn == maxTurns {
			return detail, err
		}
	}
}

// errChanged says that a secret holds something else than when the plan was made.
var errChanged = errors.New("its certificate or its key has changed since the plan was made, and it was not written: run the command again")

// same tells whether a secret still has the certificate and the key for which the plan was made. Other values may
// have changed: they are kept as they are now.
func (r *run) same(planned, now *keep.Secret) error {
	if planned.SameKeys(now, keep.CertificateKey, keep.PrivateKey) {
		return nil
	}
	return fmt.Errorf("%s: %w", now.Full(), errChanged)
}

// attempt makes one item and writes it in place of what was read.
func (r *run) attempt(ctx context.Context, i *item, before *keep.Secret) (string, error) {
	change, detail, err := r.change(ctx, i, before)
	if err != nil {
		return "", err
	}
	defer clear(change.Key)
	after := before.Apply(change)
	defer after.Wipe()
	if err := r.clerk.Store.Write(ctx, before, after); err != nil {
		return "", err
	}
	if change.Certificate != nil {
		i.made = change.Certificate
		if old := i.old(); old != nil && i.isCA() {
			r.replaced[sha256.Sum256(old.Raw)] = i.made
		}
	}
	return detail, nil
}

// change makes what is written.
func (r *run) change(ctx context.Context, i *item, before *keep.Secret) (c keep.Change, detail string, err error) {
	if r.order.Verb == Revoke || r.order.Verb == RenewList {
		list, err := r.list(i, before)
		if err != nil {
			return c, "", fmt.Errorf("%s: %w", i.path(), err)
		}
		return keep.Change{CRL: list.Raw}, "the list is valid until " + verdict.Stamp(list.NextUpdate), nil
	}
	serial, err := r.serial(ctx, i, before)
	if err != nil {
		return c, "", err
	}
	made, err := r.make(i, serial)
	if err != nil {
		return c, "", fmt.Errorf("%s %s: %w", r.order.Verb, i.path(), err)
	}
	c = keep.Change{Certificate: made, Chain: i.replaced(r.replaced), Whole: r.order.Verb == Issue}
	if c.CRL, err = r.listOf(i, made, before); err != nil && r.order.Verb == Issue {
		return c, "", fmt.Errorf("%s %s: %w", r.order.Verb, i.path(), err)
	}
	c.Serial = r.counter(i, made, serial, before)
	if !i.fresh.IsZero() {
		if c.Key, err = i.fresh.PEM(); err != nil {
			return c, "", err
		}
	}
	return c, fmt.Sprintf("serial number %s, ends %s", made.SerialNumber.Text(16), verdict.Stamp(made.NotAfter)), nil
}

// serial takes the serial number of a certificate: from its CA, whose counter is raised first. One that signs itself
// takes it from its own counter, which is written with it.
func (r *run) serial(ctx context.Context, i *item, before *keep.Secret) (*big.Int, error) {
	switch {
	case i.signer != nil:
		ca, _ := i.signer.current()
		return r.clerk.Store.TakeSerial(ctx, i.signer.path, ca, r.clerk.Random)
	case r.order.Verb == Issue:
		return issue.NextSerial("", r.clerk.Random)
	}
	return before.Next(i.old(), r.clerk.Random)
}

// firstSerial is the counter of a new CA, as safe has it.
const firstSerial = 1

// counter is what becomes of the counter of an item; nil: it stays.
func (r *run) counter(i *item, made *x509.Certificate, serial *big.Int, before *keep.Secret) *big.Int {
	switch {
	case !made.IsCA:
		return nil
	case before.Serial() == "" && r.order.Verb == Issue:
		return big.NewInt(firstSerial)
	case i.signer == nil && before.Serial() != "" && r.order.Verb != Issue:
		return serial
	}
	return nil
}

// signedBy names who signs an item.
func (i *item) signedBy() string {
	if i.signer == nil {
		return "itself"
	}
	return fmt.Sprintf("%s (%s)", i.signer.path, cert.New(i.signer.certificate).Name())
}
