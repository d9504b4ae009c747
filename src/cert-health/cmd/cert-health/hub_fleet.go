//go:build !vm

package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
)

// fleetStates are the states of a certificate on instances.
func fleetStates() []string {
	return []string{"current", "awaiting_deploy", "awaiting_restart", "awaiting_renewal", "changed_by_hand", "rolled_back", "unknown"}
}

// fleetFlags are the flags of fleet that become the query of the same name.
func fleetFlags() []filter {
	return []filter{
		{"deployment", "only of the deployment of this `NAME`; may be repeated"},
		{"group", "only in the instance group of this `NAME`; may be repeated"},
		{"state", "only in this `STATE`: " + strings.Join(fleetStates(), ", ") + "; may be repeated"},
		{"limit", "list at most this `NUMBER`; without it, all"},
	}
}

func newFleet(c console) *cobra.Command {
	f := &hubFlags{console: c, failOn: "warning"}
	var all bool
	cmd := &cobra.Command{
		Use:   "fleet [CERTIFICATE]",
		Short: "show which instances have the current certificates",
		Long: `fleet shows how far the current version of each certificate has come on the
instances of all deployments. The worst trouble is at the top, with what to do.

With CERTIFICATE, it shows one certificate in full: which versions are in the
store, in files and in processes, in each instance group, and which instances
lag behind. CERTIFICATE is a name, the beginning of a fingerprint, the path of a
secret, or the ID of a row.

Exit codes: 0 all instances are seen and have the current certificates, 1 they
do not, 2 the hub could not tell.`,
		Example: `  cert-health fleet
  cert-health fleet --deployment cf --group diego-cell --state awaiting_restart
  cert-health fleet rep-server`,
		Args:    atMostOne,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, words []string) error {
			if err := f.check(); err != nil {
				return err
			}
			client, err := f.client()
			if err != nil {
				return err
			}
			query := flagQuery(cmd, fleetFlags())
			if len(words) == 1 && f.format != "csv" {
				return f.fleetOne(cmd.Context(), client, query, words[0])
			}
			if len(words) == 1 {
				query.Set("q", words[0])
			}
			return f.fleet(cmd.Context(), client, query, all || f.verbose || len(query["state"]) > 0)
		},
	}
	addFilters(cmd, fleetFlags())
	complete(cmd, "state", fleetStates()...)
	cmd.Flags().BoolVar(&all, "all", false, "list the certificates too for which nothing is to be done")
	f.output(cmd, "table", "json", "csv")
	return cmd
}

func (f *hubFlags) fleet(ctx context.Context, client *hubclient.Client, query url.Values, all bool) error {
	if f.format == "csv" {
		rows, err := client.FleetCSV(ctx, query)
		if err != nil {
			return err
		}
		return f.table(rows)
	}
	fleet, err := f.askFleet(ctx, client, query)
	if err != nil {
		return err
	}
	if f.format == "json" {
		err = f.json(fleet)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return fleetPage(w, style, fleet, all, time.Now()) })
	}
	if err != nil {
		return err
	}
	if !fleet.Configured {
		return errNoFleet
	}
	return f.exceeds(fleet.Worst())
}

// errNoFleet is why nothing can be said about the instances.
var errNoFleet = fmt.Errorf("the hub knows no instance: let agents report to it, or give it a Director as a source")

func (f *hubFlags) askFleet(ctx context.Context, client *hubclient.Client, query url.Values) (*hubclient.Fleet, error) {
	step, done := f.console.progress()
	defer done()
	return client.Fleet(ctx, query, func(have, total int) {
		if step != nil {
			step(fmt.Sprintf("%d of %d certificates", have, total))
		}
	})
}
