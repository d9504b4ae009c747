//go:build !vm

package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/issue"
	"cert-health/internal/vault/order"
)

// revokeFlags are the flags of `cert-health x509 revoke` and `cert-health x509 crl`.
type revokeFlags struct {
	orderFlags
	reason string
	renew  bool
}

func newX509Revoke(c console) *cobra.Command {
	f := &revokeFlags{orderFlags: orderFlags{console: c}}
	cmd := &cobra.Command{
		Use:   "revoke PATH...",
		Short: "add certificates to the revocation list of their CA",
		Long: `revoke adds each certificate to the revocation list of the CA that signed it,
and signs the list again. The secret of the certificate stays. Programs refuse
a revoked certificate only if they read the list.

It shows a plan first, and asks.

Exit codes: 0 it is done, 1 only a part is done, 2 nothing is done.`,
		Example: `  cert-health x509 revoke secret/cf/bbs
  cert-health x509 revoke secret/cf/bbs -i secret/cf/ca --reason key_compromise`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.revoke(cmd.Context(), paths) },
	}
	f.flags(cmd)
	cmd.Flags().StringVarP(&f.signedBy, "signed-by", "i", "", "`PATH` of the CA that signed them (default: the CA is looked for)")
	cmd.Flags().StringVar(&f.reason, "reason", "unspecified", "`REASON`: "+strings.Join(issue.Reasons(), ", "))
	complete(cmd, "reason", issue.Reasons()...)
	return cmd
}

func (f *revokeFlags) revoke(ctx context.Context, paths []string) error {
	reason, err := issue.ParseReason(f.reason)
	if err := firstOf(checkFormat(f.format), err); err != nil {
		return err
	}
	return f.carryOut(ctx, order.Order{Verb: order.Revoke, Paths: paths, SignedBy: f.signedBy, Reason: reason})
}

func newX509CRL(c console) *cobra.Command {
	f := &revokeFlags{orderFlags: orderFlags{console: c}}
	cmd := &cobra.Command{
		Use:   "crl PATH...",
		Short: "sign the revocation lists of CAs again",
		Long: `crl signs the revocation list of each CA again, with new dates and the same
certificates on it. A CA without a list gets an empty one.

It shows a plan first, and asks.

Exit codes: 0 it is done, 1 only a part is done, 2 nothing is done.`,
		Example: `  cert-health x509 crl secret/cf/ca
  cert-health x509 crl --renew secret/cf/ca --yes`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if err := checkFormat(f.format); err != nil {
				return err
			}
			return f.carryOut(cmd.Context(), order.Order{Verb: order.RenewList, Paths: paths})
		},
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.renew, "renew", true, "what crl always does, for scripts that use safe's flag")
	return cmd
}
