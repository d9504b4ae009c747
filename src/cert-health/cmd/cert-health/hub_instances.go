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
	"cert-health/internal/verdict"
)

// standingNames are the standings of instances.
func standingNames() []string {
	return []string{"reporting", "silent", "missing", "stopped", "ignored", "deleted"}
}

// instanceFlags are the flags of instances that become the query of the same name.
func instanceFlags() []filter {
	return []filter{
		{"deployment", "only of the deployment of this `NAME`; may be repeated"},
		{"group", "only of the instance group of this `NAME`; may be repeated"},
		{"az", "only in the availability zone of this `NAME`; may be repeated"},
		{"standing", "only with this `STANDING`: " + strings.Join(standingNames(), ", ") + "; may be repeated"},
		{"state", "only if the worst certificate is in this `STATE`: " + strings.Join(fleetStates(), ", ") + "; may be repeated"},
		{"limit", "list at most this `NUMBER`; without it, all"},
	}
}

func newInstances(c console) *cobra.Command {
	f := &hubFlags{console: c, failOn: "warning"}
	cmd := &cobra.Command{
		Use:   "instances [INSTANCE]",
		Short: "show which instances a hub sees, and the certificates of one",
		Long: `instances shows the VMs that a Director lists or an agent reports for. Only one
that is reporting is seen: its agent has spoken within three intervals. A silent
one has stopped speaking. A missing one is on the Director's list, and its agent
has never spoken.

With INSTANCE, it shows the certificates of one instance: what the store has,
what the file has and what the process serves. INSTANCE is DEPLOYMENT/GROUP/ID,
or GROUP/ID if only one deployment has it. The beginning of the ID is enough,
and the index works too.

Exit codes: 0 all instances are seen and have the current certificates, 1 they
do not, 2 the hub could not tell.`,
		Example: `  cert-health instances --standing silent --standing missing
  cert-health instances diego-cell/3f2a9c
  cert-health instances cf/router/0 --format json`,
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
			if len(words) == 1 {
				return f.instanceOne(cmd.Context(), client, flagQuery(cmd, instanceFlags()), words[0])
			}
			return f.instances(cmd.Context(), client, flagQuery(cmd, instanceFlags()))
		},
	}
	addFilters(cmd, instanceFlags())
	complete(cmd, "standing", standingNames()...)
	complete(cmd, "state", fleetStates()...)
	f.output(cmd, "table", "json", "csv")
	return cmd
}

func (f *hubFlags) instances(ctx context.Context, client *hubclient.Client, query url.Values) error {
	if f.format == "csv" {
		rows, err := client.InstancesCSV(ctx, query)
		if err != nil {
			return err
		}
		return f.table(rows)
	}
	all, err := f.askInstances(ctx, client, query)
	if err != nil {
		return err
	}
	if f.format == "json" {
		err = f.json(all)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return instancesPage(w, style, all, time.Now()) })
	}
	if err != nil {
		return err
	}
	if !all.Configured {
		return errNoFleet
	}
	return f.exceeds(instancesWorst(all))
}

func (f *hubFlags) askInstances(ctx context.Context, client *hubclient.Client, query url.Values) (*hubclient.Instances, error) {
	step, done := f.console.progress()
	defer done()
	return client.Instances(ctx, query, func(have, total int) {
		if step != nil {
			step(fmt.Sprintf("%d of %d instances", have, total))
		}
	})
}

func instancesWorst(all *hubclient.Instances) (worst verdict.Severity) {
	for i := range all.Instances {
		worst = max(worst, severityOfInstance(&all.Instances[i]))
	}
	return worst
}

// severityOfInstance is how grave the state of an instance is. One that is not seen is never counted as
// well.
func severityOfInstance(n *hubclient.Instance) verdict.Severity {
	if !n.Seen() && n.Standing != "deleted" {
		return max(n.Severity, verdict.Warning)
	}
	return n.Severity
}
