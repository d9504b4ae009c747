package order

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/verdict"
)

// successors are the certificates of CAs that the order replaces, and those on trial.
func (j *Job) successors() map[[sha256.Size]byte]*x509.Certificate {
	next := map[[sha256.Size]byte]*x509.Certificate{}
	for _, i := range j.items {
		if old := i.old(); old != nil && i.isCA() {
			next[sha256.Sum256(old.Raw)] = i.made
		}
	}
	return next
}

// warn adds what an operator must know before.
func (d *description) warn(ctx context.Context, i *item) error {
	for _, note := range i.notes {
		d.warning("%s", note)
	}
	if i.secret.Mount.Version == 1 {
		d.warning("%s is an engine of KV version 1, which cannot tell whether someone else writes the same secret at the same moment, and keeps no old version: let no one else change these secrets until this is done, and save what is there if you may need it", i.secret.Mount.Path)
	}
	if d.order.Verb == Revoke || d.order.Verb == RenewList || i.noun == nil {
		return nil
	}
	if s := d.order.Select; s.Ending && s.Within > 0 && i.made.NotAfter.Before(d.clerk.Now().Add(s.Within)) {
		d.warning("%s is valid for less than %d days even after this: give it a longer lifetime with --ttl, or renew its CA", i.path(), s.Within/(24*time.Hour))
	}
	if d.order.Verb == Issue {
		d.warning("%s holds a certificate already (%s), and it is replaced", i.path(), i.noun.Name())
	}
	if _, err := d.listOf(i, i.made, i.secret); err != nil {
		d.warning("%s keeps the revocation list that it has: %v", i.path(), err)
	}
	switch {
	case !i.isCA():
		return nil
	case i.fresh.IsZero():
		d.warning("%s is a CA: what it signed stays valid, because its key stays, but who trusts its old certificate needs the new one before %s", i.path(), verdict.Stamp(i.noun.NotAfter))
		return nil
	}
	return d.warnNewKey(ctx, i)
}

// maxChildren is how many certificates are named in a warning.
const maxChildren = 5

// warnNewKey says what the new key of a CA breaks.
func (d *description) warnNewKey(ctx context.Context, i *item) error {
	children, err := d.children(ctx, i)
	if err != nil {
		return err
	}
	d.warning("%s is a CA that gets a new key: who trusts only its old certificate refuses what it signs from now on. Let everything trust both first; `cert-health rotate next %s` does that step by step", i.path(), i.path())
	if len(children) > 0 {
		shown := children[:min(len(children), maxChildren)]
		more := ""
		if len(children) > len(shown) {
			more = fmt.Sprintf(" and %d more", len(children)-len(shown))
		}
		d.warning("%s signed %d certificates that this order does not replace, and who trusts only its new certificate refuses them: %s%s", i.path(), len(children), strings.Join(shown, ", "), more)
	}
	return nil
}

// afterwards says what to do next.
func (d *description) afterwards() {
	if len(d.items) == 0 {
		return
	}
	if d.order.Verb == Revoke || d.order.Verb == RenewList {
		d.plan.After = append(d.plan.After, "programs see the new list only if they read it: deploy where it is used")
		return
	}
	deployments := slices.Compact(slices.Sorted(slices.Values(d.deployments)))
	if len(deployments) == 0 {
		d.plan.After = append(d.plan.After, "deploy what uses it: nothing changes on a VM before that")
		return
	}
	d.plan.Steps = append(d.plan.Steps, verdict.Do("merge the manifest anew, then:"))
	for _, name := range deployments {
		d.plan.Steps = append(d.plan.Steps, verdict.Run("bosh", "-d", name, "deploy", "MANIFEST"))
	}
}
