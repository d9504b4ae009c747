package rotator

import (
	"context"
	"fmt"
	"slices"

	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/vault/keep"
	"cert-health/internal/vault/order"
)

// Prepare says what the current step changes in Vault.
func (v *Vault) Prepare(ctx context.Context, s Step) (*Job, error) {
	if err := s.takes(); err != nil {
		return nil, err
	}
	tidy := v.tidy(s)
	switch {
	case s.State.Begin:
		return v.begin(ctx, s)
	case s.State.Current == rotation.Add:
		return v.withAct(ctx, s, "Hand out both CAs in "+v.Path, tidy, s.given(s.Store.Signs, true))
	case s.State.Current == rotation.Switch:
		return v.switchTo(ctx, s, tidy)
	case s.State.Current == rotation.Renew:
		return v.renew(ctx, s)
	case s.State.Current == rotation.Drop:
		return v.drop(ctx, s, tidy)
	}
	return nil, errNotNow
}

// beside is the secret for a CA that does not sign.
func (v *Vault) beside(s Step, ca *survey.Certificate) *keep.Secret {
	if ca == s.Store.New {
		return v.next
	}
	return v.prev
}

// holds tells whether a secret holds a CA.
func (v *Vault) holds(secret *keep.Secret, ca *survey.Certificate) bool {
	chain, err := secret.Chain()
	return err == nil && v.raw[ca.Fingerprint] != nil && chain[0].Equal(v.raw[ca.Fingerprint])
}

// switchTo lets the CA that stays sign.
func (v *Vault) switchTo(ctx context.Context, s Step, tidy []act) (*Job, error) {
	to := s.stays()
	from := v.next
	if !v.holds(from, to) {
		from = v.prev
	}
	if !v.holds(from, to) || len(from.KeyPEM()) == 0 {
		return nil, fmt.Errorf("the private key of %s is not in %s%s: write certificate and key there, as safe does", describe(to), v.Path, suffixFor(s, to))
	}
	saved := v.beside(s, s.Store.Signs)
	first, err := v.copyOf(s.Store.Signs, saved)
	if err != nil {
		return nil, err
	}
	bundle, err := v.bundle(s, s.given(to, true), from)
	if err != nil {
		return nil, err
	}
	if err := v.Clerk.Store.Writable(ctx, []*keep.Secret{saved, v.own}); err != nil {
		return nil, err
	}
	acts := []act{first, bundle}
	if from != saved {
		acts = append(acts, v.remove(from, to, "its key is in "+v.Path+" now"))
	}
	return job("Let "+describe(to)+" sign", append(acts, without(tidy, from)...), s, v.warnings()...), nil
}

func suffixFor(s Step, ca *survey.Certificate) string {
	if ca == s.Store.New {
		return rotation.NextSuffix
	}
	return rotation.PreviousSuffix
}

// remove deletes a secret beside the CA.
func (v *Vault) remove(secret *keep.Secret, ca *survey.Certificate, why string) act {
	a := act{Act: plan.Act{Verb: "delete", Target: secret.Full(), Why: why, Changes: []plan.Change{{What: "holds", From: describe(ca)}}}}
	a.do = func(ctx context.Context) (string, error) { return "", v.Clerk.Store.Delete(ctx, secret) }
	return a
}

// tidy removes what an interrupted switch has left: the CA that signs needs no secret beside its own.
func (v *Vault) tidy(s Step) (acts []act) {
	for _, secret := range []*keep.Secret{v.next, v.prev} {
		if secret.Exists() && v.holds(secret, s.Store.Signs) && s.State.Current != rotation.Switch {
			acts = append(acts, v.remove(secret, s.Store.Signs, "its key is in "+v.Path))
		}
	}
	return acts
}

func without(acts []act, secret *keep.Secret) []act {
	return slices.DeleteFunc(acts, func(a act) bool { return a.Target == secret.Full() })
}

// renew renews the leaves with the CA that signs. Their keys stay.
func (v *Vault) renew(ctx context.Context, s Step) (*Job, error) {
	var paths, warnings []string
	for _, b := range s.State.Waiting() {
		if b.Reach {
			paths = append(paths, b.Name)
			continue
		}
		warnings = append(warnings, b.Name+": "+b.Why)
	}
	prepared, err := v.Clerk.Prepare(ctx, order.Order{Verb: order.Renew, Paths: paths, SignedBy: v.Path})
	if err != nil {
		return nil, err
	}
	v.prepared = prepared
	p, err := prepared.Plan(ctx)
	if err != nil {
		return nil, err
	}
	p.Title = fmt.Sprintf("Renew what the old CA signed with %s", describe(s.stays()))
	p.After, p.Steps = nil, nil
	p.Warnings = append(slices.DeleteFunc(p.Warnings, expected), warnings...)
	s.afterwards(&p)
	return &Job{Plan: p, Run: prepared.Run}, nil
}

// drop hands out the CA that stays alone.
func (v *Vault) drop(ctx context.Context, s Step, tidy []act) (*Job, error) {
	if s.State.Back && v.holds(v.next, s.Store.New) {
		tidy = append(tidy, v.remove(v.next, s.Store.New, "this CA is not used: the next rotation makes another one"))
	}
	j, err := v.withAct(ctx, s, "Hand out "+describe(s.stays())+" alone", tidy, s.given(s.stays(), false))
	if err == nil && !s.State.Back && v.prev.Exists() {
		j.Plan.After = append(j.Plan.After, fmt.Sprintf("the private key of the old CA stays in %s, so that you can go back; delete it when no VM trusts that CA any more", v.prev.Full()))
	}
	return j, err
}

// warnings are what an operator must know before each write.
func (v *Vault) warnings() (list []string) {
	if v.own.Mount.Version == 1 {
		list = append(list, v.own.Mount.Path+" is an engine of KV version 1, which cannot tell whether someone else writes at the same moment: let no one else change these secrets until this is done")
	}
	return append(list, "safe x509 writes only one certificate into this secret whenever it signs: until the rotation has ended, issue and renew with cert-health x509")
}
