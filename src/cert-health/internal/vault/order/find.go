package order

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/vault/keep"
)

// findSigner finds who signs an item. A new certificate without a CA signs itself, and so does one that did before.
func (j *Job) findSigner(ctx context.Context, i *item) error {
	named := strings.Trim(j.order.SignedBy, "/")
	switch {
	case named == i.path(), named == "" && (i.noun == nil || i.noun.SelfSigned()):
		return nil
	case named != "":
		a, err := j.authority(ctx, named)
		if err == nil {
			err = j.allowed(ctx, a)
		}
		if i.signer = a; err == nil && i.noun != nil && i.noun.SignedBy(a.noun) != cert.Signed {
			i.notes = append(i.notes, fmt.Sprintf("%s did not sign the old certificate (%s did): who trusts only that CA refuses the new one", named, i.noun.Issuer))
		}
		return err
	}
	found, err := j.locate(ctx, i)
	if err != nil {
		return err
	}
	if i.signer, err = j.authority(ctx, found); err != nil {
		return err
	}
	return j.allowed(ctx, i.signer)
}

// locate finds the secret of the CA that signed an item, as the signature proves: in the order itself, in a secret `ca`
// beside it or above it, then in the whole tree. A CA that has a new key by now is known by its earlier versions.
func (j *Job) locate(ctx context.Context, i *item) (string, error) {
	for _, other := range j.items {
		if other != i && other.noun != nil && other.noun.CA && i.noun.SignedBy(other.noun) == cert.Signed {
			return other.path(), nil
		}
	}
	if near := j.near(ctx, i); near != "" {
		return near, nil
	}
	tree, err := j.clerk.whole(ctx, j.order.Paths)
	if err != nil {
		return "", err
	}
	found := tree.Signers(i.noun)
	if len(found) == 0 {
		if found = j.clerk.Store.Successors(ctx, tree, i.noun); len(found) > 0 {
			i.notes = append(i.notes, fmt.Sprintf("%s has a new key since it signed the old certificate: only who trusts its new certificate accepts the new one of %s", found[0].Full(), i.path()))
		}
	}
	switch len(found) {
	case 0:
		return "", unfound(i, tree, j.clerk.Now())
	case 1:
		return found[0].Full(), nil
	}
	return "", fmt.Errorf("its CA is in several secrets, each with a counter of serial numbers of its own (%s): name one of them with --signed-by", names(found))
}

// unfound says why no CA was found.
func unfound(i *item, tree *keep.Tree, now time.Time) error {
	var candidates []issue.Candidate
	for _, e := range tree.Entries {
		candidates = append(candidates, issue.Candidate{Path: e.Full(), Certificate: e.Certificate})
	}
	_, err := issue.Signer(i.noun, candidates, now)
	switch {
	case err == nil:
		err = errors.New("its CA is there without its private key: name the secret that holds both with --signed-by")
	case len(tree.Problems) > 0:
		err = fmt.Errorf("%w (%d paths could not be read: %s: %s)", err, len(tree.Problems), tree.Problems[0].Path, tree.Problems[0].Reason)
	}
	return err
}

func names(entries []*keep.Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Full())
	}
	return strings.Join(all, ", ")
}

// near looks at the secrets `ca` in the directory of an item and in those above it.
func (j *Job) near(ctx context.Context, i *item) string {
	for dir := path.Dir(i.secret.Path); ; dir = path.Dir(dir) {
		place := i.secret.Mount.Path + strings.TrimPrefix(path.Join(dir, "ca"), "./")
		if place != i.path() {
			if e, err := j.clerk.Store.Entry(ctx, place); err == nil && e != nil && e.Signed(i.noun) {
				return place
			}
		}
		if dir == "." || dir == "/" {
			return ""
		}
	}
}
