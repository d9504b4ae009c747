package rotator

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/vault/keep"
	"cert-health/internal/verdict"
)

// expected tells whether a warning about a single certificate says what a rotation is about.
func expected(warning string) bool {
	return strings.Contains(warning, "did not sign the old certificate")
}

// begin makes the new CA, and hands out both.
func (v *Vault) begin(ctx context.Context, s Step) (*Job, error) {
	old := v.raw[s.Store.Signs.Fingerprint]
	key, by, err := v.signing(ctx, s, old)
	if err != nil {
		return nil, err
	}
	fresh, err := key.Another(s.New.KeyType, v.Clerk.Random)
	if err != nil {
		return nil, err
	}
	changes := issue.Changes{Lifetime: s.New.Lifetime}
	if s.New.Subject != "" {
		if changes.Subject, err = issue.ParseSubject(s.New.Subject); err != nil {
			return nil, err
		}
	}
	trial := by
	if trial.Serial, err = issue.NextSerial("", v.Clerk.Random); err != nil {
		return nil, err
	}
	made, err := issue.Reissue(old, fresh, changes, trial)
	if err != nil {
		return nil, err
	}
	if err := v.Clerk.Store.Writable(ctx, []*keep.Secret{v.next, v.own}); err != nil {
		return nil, err
	}
	return v.beginJob(s, made, fresh), nil
}

// signing is who signs the new CA: itself, or the CA of the old one.
func (v *Vault) signing(ctx context.Context, s Step, old *x509.Certificate) (own issue.Key, by issue.Signing, err error) {
	by = issue.Signing{Now: v.now(), Random: v.Clerk.Random}
	text := v.own.KeyPEM()
	defer clear(text)
	if len(text) == 0 {
		return own, by, fmt.Errorf("%s has no private key: write it under the key `key`, as safe does", v.Path)
	}
	if own, err = issue.ParseKey(text); err != nil {
		return own, by, fmt.Errorf("read the key of %s: %w", v.Path, err)
	}
	if !own.Matches(old) {
		return own, by, fmt.Errorf("the key of %s does not belong to its first certificate: put the certificate of the CA that signs first", v.Path)
	}
	if cert.New(old).SelfSigned() {
		return own, by, nil
	}
	return own, by, fmt.Errorf("%s was signed by another CA (%s): make its successor with cert-health x509 issue --ca in %s%s and run the command again", v.Path, s.Store.Signs.Issuer, v.Path, rotation.NextSuffix)
}

func (v *Vault) beginJob(s Step, made *x509.Certificate, key issue.Key) *Job {
	own := noun(cert.New(made))
	young := &own
	v.raw[young.Fingerprint] = made
	create := act{Act: plan.Act{Verb: "create", Target: v.next.Full(), SignedBy: "itself", Changes: []plan.Change{
		{What: "subject", From: s.Store.Signs.Subject, To: young.Subject},
		{What: "ends", From: verdict.Stamp(s.Store.Signs.NotAfter), To: verdict.Stamp(young.NotAfter)},
		{What: "key", From: s.Store.Signs.Key, To: young.Key + ", a new one"},
	}, Why: "the private key of the new CA waits here until it signs"}}
	create.do = func(ctx context.Context) (string, error) {
		list, err := issue.RenewList(nil, issue.Signing{CA: made, Key: key, Now: v.now(), Random: v.Clerk.Random})
		if err != nil {
			return "", err
		}
		pem, err := key.PEM()
		if err != nil {
			return "", err
		}
		defer clear(pem)
		after := v.next.Apply(keep.Change{Certificate: made, Whole: true, Key: pem, Serial: big.NewInt(firstSerial), CRL: list.Raw})
		defer after.Wipe()
		return "", v.Clerk.Store.Write(ctx, v.next, after)
	}
	given := append([]*survey.Certificate{s.Store.Signs, young}, others(s.Store.Bundle, s.Store.Signs)...)
	both, err := v.bundle(s, given, v.own)
	if err != nil { // the first certificate is in the secret itself
		both.do = func(context.Context) (string, error) { return "", err }
	}
	return job("Begin the rotation of "+describe(s.Store.Signs), append(without(v.tidy(s), v.next), create, both), s, v.warnings()...)
}

func others(list []*survey.Certificate, c *survey.Certificate) []*survey.Certificate {
	return slices.DeleteFunc(slices.Clone(list), func(other *survey.Certificate) bool { return other == c })
}

// listOf is the revocation list of a CA that is in a secret; an empty one if it has none.
func (v *Vault) listOf(secret *keep.Secret, ca *x509.Certificate) ([]byte, error) {
	list, err := secret.CRL()
	if err == nil && list != nil && list.CheckSignatureFrom(ca) == nil {
		return list.Raw, nil
	}
	text := secret.KeyPEM()
	defer clear(text)
	key, err := issue.ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("read the key of %s: %w", secret.Full(), err)
	}
	made, err := issue.RenewList(nil, issue.Signing{CA: ca, Key: key, Now: v.now(), Random: v.Clerk.Random})
	if err != nil {
		return nil, fmt.Errorf("make the revocation list of %s: %w", secret.Full(), err)
	}
	return made.Raw, nil
}
