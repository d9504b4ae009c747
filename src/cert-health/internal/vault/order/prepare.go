package order

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
)

// Job is an order that is ready to run. Wipe it in the end.
type Job struct {
	clerk *Clerk
	order Order

	items       []*item
	authorities map[string]*authority
	opened      []*keep.Secret // all that were read
	refused     []Refusal
	unwritable  error // why the order could not run, with PlanOnly
}

// Refusal is a certificate that is left out, and why.
type Refusal struct{ Path, Reason string }

// String says it in one line.
func (r Refusal) String() string { return r.Path + ": " + r.Reason }

// Refusals are the certificates that are left out.
func (j *Job) Refusals() []Refusal { return j.refused }

// Wipe overwrites all that was read.
func (j *Job) Wipe() {
	for _, secret := range j.opened {
		secret.Wipe()
	}
}

// Prepare makes all certificates of an order on trial. It changes nothing. If the paths are chosen by a Selection,
// certificates that cannot be made are left out. Otherwise one of them is an error.
func (c *Clerk) Prepare(ctx context.Context, o Order) (*Job, error) {
	j := &Job{clerk: c, order: o, authorities: map[string]*authority{}}
	paths, err := j.choose(ctx)
	if err == nil {
		err = j.read(ctx, paths)
	}
	if err == nil && o.Verb != Revoke && o.Verb != RenewList {
		err = j.try(ctx)
	} else if err == nil {
		err = j.lists(ctx)
	}
	switch {
	case err != nil:
	case len(j.refused) > 0 && !o.Select.Below:
		err = joined(j.refused)
	case o.PlanOnly:
		j.unwritable = c.Store.Writable(ctx, j.written())
	default:
		err = c.Store.Writable(ctx, j.written())
	}
	if err != nil {
		j.Wipe()
		return nil, err
	}
	return j, nil
}

func joined(refused []Refusal) error {
	var sentences []string
	for _, r := range refused {
		sentences = append(sentences, r.String())
	}
	return errors.New(strings.Join(sentences, "; "))
}

// read reads the secrets, and puts CAs before the certificates that they sign.
func (j *Job) read(ctx context.Context, paths []string) error {
	for _, path := range paths {
		secret, err := j.clerk.Store.Read(ctx, path)
		if err != nil {
			if client.IsTemporary(err) || ctx.Err() != nil {
				return err
			}
			j.refuse(path, err)
			continue
		}
		i := &item{secret: secret}
		j.opened = append(j.opened, secret)
		if err := j.admit(i); err != nil {
			j.refuse(path, err)
			continue
		}
		j.items = append(j.items, i)
	}
	depth := map[*item]int{}
	for _, i := range j.items {
		depth[i] = j.depth(i, 0)
	}
	slices.SortStableFunc(j.items, func(x, y *item) int { return cmp.Compare(depth[x], depth[y]) })
	return nil
}

func (j *Job) refuse(path string, err error) {
	reason := strings.TrimPrefix(err.Error(), "read "+path+": ")
	j.refused = append(j.refused, Refusal{path, reason})
}

// admit opens a secret, unless the order makes a new certificate in it.
func (j *Job) admit(i *item) error {
	switch {
	case j.order.Verb == Issue && !i.secret.Has(keep.CertificateKey):
		return nil
	case !i.secret.Exists():
		return errors.New("there is no such secret, or its current version is deleted: correct the path, or bring the version back in Vault")
	}
	err := i.open()
	switch {
	case j.order.Verb == Issue:
		return nil // the existing certificate is replaced
	case j.order.Verb == Revoke && len(i.chain) > 0:
		return nil // it needs no key
	case err != nil && (j.order.Verb != Reissue || len(i.chain) == 0):
		return err
	case j.order.Verb == Renew && !i.key.Matches(i.chain[0]):
		return errMismatch
	}
	return nil
}

// maxDepth is the longest chain of CAs that is put in order.
const maxDepth = 20

// depth is how many CAs of the order stand above an item. Leaves are behind all CAs.
func (j *Job) depth(i *item, below int) int {
	if i.noun == nil || below > maxDepth {
		return maxDepth
	}
	own := 0
	if !i.noun.CA {
		own = maxDepth
	}
	for _, other := range j.items {
		if other != i && other.noun != nil && other.noun.CA && !i.noun.SelfSigned() && i.noun.SignedBy(other.noun) == cert.Signed {
			return own + 1 + j.depth(other, below+1)
		}
	}
	return own
}

// written are the secrets that a run writes.
func (j *Job) written() (all []*keep.Secret) {
	for _, i := range j.items {
		all = append(all, i.secret)
		if i.signer != nil && i.signer.counter != "" && !slices.Contains(all, i.signer.secret) {
			all = append(all, i.signer.secret)
		}
	}
	return all
}

// keyType is the type of a new key.
func (j *Job) keyType() issue.KeyType {
	if j.order.KeyType == (issue.KeyType{}) {
		return issue.KeyType{Algorithm: defaultAlgorithm, Bits: defaultBits}
	}
	return j.order.KeyType
}
