//go:build !vm

package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"cert-health/internal/issue"
	"cert-health/internal/vault/order"
)

// issueFlags are the flags of `cert-health x509 issue`.
type issueFlags struct {
	orderFlags
	changeFlags
	ca        bool
	noClobber bool
}

func newX509Issue(c console) *cobra.Command {
	f := &issueFlags{orderFlags: orderFlags{console: c}}
	cmd := &cobra.Command{
		Use:   "issue PATH",
		Short: "make a new certificate with a new key",
		Long: `issue makes a certificate and writes it to the secret at PATH, in the layout of
safe. --signed-by names the CA; without it the certificate signs itself. The
subject is the first --name if --subject is not given.

It shows a plan first, and asks. The serial number is taken from the CA before
the certificate is written.

Exit codes: 0 it is done, 2 nothing is done.`,
		Example: `  cert-health x509 issue secret/ca --ca --subject CN=cf-ca --ttl 10y
  cert-health x509 issue secret/bbs -i secret/ca -n bbs.cf.internal -t 1y
  cert-health x509 issue secret/bbs -i secret/ca -n bbs -k ec:256 --dry-run`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0]) },
	}
	f.orderFlags.flags(cmd)
	f.changeFlags.flags(cmd)
	f.keyFlags(cmd, "4096")
	cmd.Flags().BoolVarP(&f.ca, "ca", "A", false, "make a CA")
	cmd.Flags().StringVarP(&f.signedBy, "signed-by", "i", "", "`PATH` of the CA that signs")
	cmd.Flags().BoolVar(&f.noClobber, "no-clobber", false, "do nothing if there is a secret at PATH already")
	return cmd
}

func (f *issueFlags) run(ctx context.Context, path string) error {
	changes, err := f.changes()
	key, other := f.key()
	if err := firstOf(checkFormat(f.format), err, other); err != nil {
		return err
	}
	if f.noClobber {
		clerk, err := f.clerk(ctx, nil)
		if err != nil {
			return err
		}
		held, err := clerk.Store.Read(ctx, path)
		if err != nil {
			return err
		}
		defer held.Wipe()
		if held.Exists() {
			f.console.say("%s exists already, and --no-clobber keeps it: nothing was changed", path)
			return nil
		}
	}
	profile := issue.Profile{Subject: changes.Subject, Names: changes.Names, CA: f.ca, Usages: changes.Usages, Lifetime: changes.Lifetime, Algorithm: changes.Algorithm}
	if profile.Subject == nil && len(profile.Names) == 0 {
		return fmt.Errorf("the certificate has no name: give --name or --subject")
	}
	return f.carryOut(ctx, order.Order{Verb: order.Issue, Paths: []string{path}, SignedBy: f.signedBy, Profile: profile, KeyType: key})
}
