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

// filters are the flags of list that become the query of the same name.
var filters = []filter{
	{"within", "only what ends within this `TIME`, or has ended: 30d, 1y"},
	{"beyond", "only what ends later than this `TIME`: 30d, 1y"},
	{"source", "only of the source of this `NAME`; may be repeated"},
	{"type", "only of sources of this `TYPE`: vault, credhub, opsman, director, tls, hub; may be repeated"},
	{"path", "only at this `PATH` of a source and below"},
	{"state", "only in this `STATE`: expired, expiring_soon, expiring, not_yet_valid, broken, unverified, ok, history; may be repeated"},
	{"sort", "`ORDER` of the list: not_after, name, path, source; - in front reverses it"},
	{"limit", "list at most this `NUMBER`, from 1 to 1000; without it, all"},
}

func newList(c console) *cobra.Command {
	f := &hubFlags{console: c}
	var ca, acknowledged string
	cmd := &cobra.Command{
		Use:   "list [WORD...]",
		Short: "list the certificates that a hub knows",
		Long: `list shows the certificates of all sources of a hub, those that end first at the
top. Words must occur in a name, a serial number, a fingerprint or a path.`,
		Example: `  cert-health list --within 30d
  cert-health list router --source prod --format csv
  cert-health list --state expired --fail-on critical`,
		GroupID: hubGroup,
		RunE: func(cmd *cobra.Command, words []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return f.list(cmd.Context(), queryOf(cmd, words))
		},
	}
	addFilters(cmd, filters)
	cmd.Flags().StringVar(&ca, "ca", "", "`true` for CAs only, false for all others")
	cmd.Flags().StringVar(&acknowledged, "acknowledged", "", "`true` for acknowledged certificates only, false for all others")
	f.output(cmd, "table", "json", "csv")
	return cmd
}

// queryOf makes a query of words and flags. The hub knows what is valid, and says what is not.
func queryOf(cmd *cobra.Command, words []string) url.Values {
	query := flagQuery(cmd, filters)
	if len(words) > 0 {
		query.Set("q", strings.Join(words, " "))
	}
	for _, name := range []string{"ca", "acknowledged"} {
		if value, err := cmd.Flags().GetString(name); err == nil && value != "" {
			query.Set(name, value)
		}
	}
	return query
}

func (f *hubFlags) list(ctx context.Context, query url.Values) error {
	client, err := f.client()
	if err != nil {
		return err
	}
	if f.format == "csv" {
		return f.csv(ctx, client, query)
	}
	step, done := f.console.progress()
	all, err := client.List(ctx, query, func(have, total int) {
		if step != nil {
			step(fmt.Sprintf("%d of %d certificates", have, total))
		}
	})
	done()
	if err != nil {
		return err
	}
	if f.format == "json" {
		err = f.json(all)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return listTable(w, style, all, time.Now()) })
	}
	if err != nil {
		return err
	}
	return f.exceeds(all.Worst())
}

// csv writes the hub's own table of certificates.
func (f *hubFlags) csv(ctx context.Context, client *hubclient.Client, query url.Values) error {
	rows, err := client.CSV(ctx, query)
	if err != nil {
		return err
	}
	return f.table(rows)
}

func listTable(w io.Writer, style terminal.Style, all *hubclient.Certificates, now time.Time) error {
	if err := certificateTable(all.Certificates, now).Write(w, style); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s%s\n", countOf(len(all.Certificates), all.Total), states(all.Counts))
	return err
}
