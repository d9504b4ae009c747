package rotator

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"

	"cert-health/internal/plan"
	"cert-health/internal/rotation"
	"cert-health/internal/survey"
	"cert-health/internal/vault/keep"
)

// withAct is a job that writes the bundle, and then does some more.
func (v *Vault) withAct(ctx context.Context, s Step, title string, then []act, given []*survey.Certificate) (*Job, error) {
	bundle, err := v.bundle(s, given, v.own)
	if err != nil {
		return nil, err
	}
	if err := v.Clerk.Store.Writable(ctx, []*keep.Secret{v.own}); err != nil {
		return nil, err
	}
	return job(title, append([]act{bundle}, then...), s, v.warnings()...), nil
}

// bundle writes the secret of the CA: what is handed out, with the CA that signs first, and the key, the serial number and
// the list of that CA, which are in from.
func (v *Vault) bundle(s Step, given []*survey.Certificate, from *keep.Secret) (act, error) {
	change, err := v.change(given, from)
	if err != nil {
		return act{}, err
	}
	a := act{Act: plan.Act{Verb: "write", Target: v.own.Full(), UsedBy: s.users(), Changes: []plan.Change{
		{What: "trusted", From: describeAll(s.Store.Bundle), To: describeAll(given)},
		{What: "signs", From: describe(s.Store.Signs), To: describe(given[0])},
	}}}
	a.do = func(ctx context.Context) (string, error) {
		key := from.KeyPEM()
		defer clear(key)
		change.Key = key
		after := v.own.Apply(change)
		defer after.Wipe()
		return "", v.Clerk.Store.Write(ctx, v.own, after)
	}
	return a, nil
}

// change is what becomes of the secret of the CA. Certificates behind the CA that are no CA of the rotation stay there.
func (v *Vault) change(given []*survey.Certificate, from *keep.Secret) (c keep.Change, err error) {
	c.Whole = true
	for i, ca := range given {
		raw := v.raw[ca.Fingerprint]
		switch {
		case raw == nil:
			return c, fmt.Errorf("%s is not in Vault: write it behind the certificate in %s%s, with its private key, and run the command again", describe(ca), v.Path, rotation.PreviousSuffix)
		case i == 0:
			c.Certificate = raw
		default:
			c.Behind = append(c.Behind, raw)
		}
	}
	if from == v.own {
		return c, v.keepAbove(&c)
	}
	if c.Serial, err = counter(from); err != nil {
		return c, err
	}
	if c.CRL, err = v.listOf(from, c.Certificate); err != nil {
		return c, err
	}
	return c, v.keepAbove(&c)
}

// keepAbove keeps what stands above the CA: the root behind an intermediate CA.
func (v *Vault) keepAbove(c *keep.Change) error {
	chain, err := v.own.Chain()
	if err != nil {
		return err
	}
	for _, behind := range chain[1:] {
		if !slices.ContainsFunc(chain, func(other *x509.Certificate) bool { return other != behind && standsAbove(behind, other, chain[0]) }) {
			continue
		}
		c.Behind = append(c.Behind, behind)
	}
	return nil
}

func standsAbove(above, below, first *x509.Certificate) bool {
	return above.Subject.String() != first.Subject.String() && below.Issuer.String() != below.Subject.String() && below.CheckSignatureFrom(above) == nil
}

// firstSerial is the counter of a CA that has none yet, as safe has it.
const firstSerial = 1

func counter(of *keep.Secret) (*big.Int, error) {
	text := of.Serial()
	if text == "" {
		return big.NewInt(firstSerial), nil
	}
	number, ok := new(big.Int).SetString(text, 16)
	if !ok {
		return nil, fmt.Errorf("the serial number in %s is not hexadecimal: correct its key `serial`", of.Full())
	}
	return number, nil
}

// copyOf writes the CA that signs now to the secret beside it: so its key is there when another one signs.
func (v *Vault) copyOf(ca *survey.Certificate, to *keep.Secret) (act, error) {
	raw := v.raw[ca.Fingerprint]
	if raw == nil || len(v.own.KeyPEM()) == 0 {
		return act{}, fmt.Errorf("the private key of %s is not in %s: write it there", describe(ca), v.Path)
	}
	serial, err := counter(v.own)
	if err != nil {
		return act{}, err
	}
	list, err := v.listOf(v.own, raw)
	if err != nil {
		return act{}, err
	}
	a := act{Act: plan.Act{Verb: "write", Target: to.Full(), Why: "the key of the CA that no longer signs stays here: going back needs it", Changes: []plan.Change{{What: "holds", To: describe(ca) + " with its private key"}}}}
	a.do = func(ctx context.Context) (string, error) {
		key := v.own.KeyPEM()
		defer clear(key)
		after := to.Apply(keep.Change{Certificate: raw, Whole: true, Key: key, Serial: serial, CRL: list})
		defer after.Wipe()
		return "", v.Clerk.Store.Write(ctx, to, after)
	}
	return a, nil
}
