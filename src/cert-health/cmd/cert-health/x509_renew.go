//go:build !vm

package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"cert-health/internal/vault/order"
)

// renewFlags are the flags of `cert-health x509 renew` and `cert-health x509 reissue`.
type renewFlags struct {
	orderFlags
	changeFlags
	verb      order.Verb
	source    string
	recursive bool
	expired   bool
	within    string
	noClobber bool
}

func newX509Renew(c console) *cobra.Command {
	f := &renewFlags{orderFlags: orderFlags{console: c}, verb: order.Renew}
	cmd := &cobra.Command{
		Use:   "renew PATH...",
		Short: "make successors of certificates, with the same keys",
		Long: `renew makes a successor of each certificate: the same key, subject, names,
usages and other extensions, with a new serial number and new dates. The CA that
signs is the one that signed before, wherever it is in Vault; its signature is
verified. The chain, and keys of the secret that are not part of a certificate,
stay.

It shows a plan first, and asks. Several certificates are one plan: CAs are
renewed before the certificates that they sign. A run that stops is repeated.

With --source credhub, PATH is the name of a certificate in CredHub, which makes
the new certificate and a new key itself.

Exit codes: 0 it is done, 1 only a part is done, 2 nothing is done.`,
		Example: `  cert-health x509 renew secret/cf/bbs
  cert-health x509 renew -r secret/cf --expired --dry-run
  cert-health x509 renew -r secret/cf --within 30d --ttl 1y --yes
  cert-health x509 renew --source credhub /bosh/cf/bbs`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.run(cmd.Context(), paths) },
	}
	f.flags(cmd)
	return cmd
}

func newX509Reissue(c console) *cobra.Command {
	f := &renewFlags{orderFlags: orderFlags{console: c}, verb: order.Reissue}
	cmd := &cobra.Command{
		Use:   "reissue PATH...",
		Short: "make successors of certificates, with new keys",
		Long: `reissue makes a successor of each certificate with a new key of the same type
and form. All else is as with renew.

A CA with a new key, a root too, breaks what trusts only its old certificate:
the plan says which certificates that are. To change a CA without a break, use
cert-health rotate.

Exit codes: 0 it is done, 1 only a part is done, 2 nothing is done.`,
		Example: `  cert-health x509 reissue secret/cf/bbs
  cert-health x509 reissue secret/cf/ca secret/cf/bbs secret/cf/rep
  cert-health x509 reissue secret/cf/bbs --key-type ec:256`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.run(cmd.Context(), paths) },
	}
	f.flags(cmd)
	f.keyFlags(cmd, "as it is")
	return cmd
}

func (f *renewFlags) flags(cmd *cobra.Command) {
	f.orderFlags.flags(cmd)
	f.changeFlags.flags(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.signedBy, "signed-by", "i", "", "`PATH` of the CA that signs (default: the CA that signed before)")
	flags.BoolVarP(&f.recursive, "recursive", "r", false, "all secrets below each PATH, too")
	flags.BoolVarP(&f.expired, "expired", "e", false, "only certificates that have expired")
	flags.StringVar(&f.within, "within", "", "only certificates that end within this `TIME`, or have expired: 30d, 1y")
	flags.StringVar(&f.source, "source", "vault", "`STORE` that holds the certificates: vault or credhub")
	complete(cmd, "source", "vault", "credhub")
	flags.BoolVar(&f.noClobber, "no-clobber", false, "refused, as safe does: a successor replaces a certificate")
	_ = flags.MarkHidden("no-clobber")
	cmd.MarkFlagsMutuallyExclusive("expired", "within")
}

func (f *renewFlags) run(ctx context.Context, paths []string) error {
	changes, err := f.changes()
	key, other := f.key()
	chosen, third := f.selection()
	if err := firstOf(checkFormat(f.format), err, other, third); err != nil {
		return err
	}
	switch {
	case f.noClobber:
		return errors.New("--no-clobber is refused here: a successor always replaces the certificate that is there")
	case f.source == "credhub":
		return f.inCredHub(ctx, paths)
	case f.source != "vault":
		return errors.New("--source is not valid: use vault or credhub")
	}
	return f.carryOut(ctx, order.Order{Verb: f.verb, Paths: paths, Select: chosen, SignedBy: f.signedBy, Changes: changes, KeyType: key})
}

func (f *renewFlags) selection() (s order.Selection, err error) {
	s.Below, s.Ending = f.recursive, f.expired || f.within != ""
	if f.within != "" {
		s.Within, err = lifetime("--within", f.within)
	}
	return s, err
}
