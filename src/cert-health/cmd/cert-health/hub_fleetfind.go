//go:build !vm

package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// fleetOne shows the rows that a word names: those of one certificate, which several deployments may have.
func (f *hubFlags) fleetOne(ctx context.Context, client *hubclient.Client, query url.Values, word string) error {
	ids, err := findRows(ctx, client, query, word)
	if err != nil {
		return err
	}
	rows := make([]hubclient.FleetRow, len(ids))
	for i, id := range ids {
		if rows[i], err = client.FleetRow(ctx, id); err != nil {
			return err
		}
	}
	return f.fleetRows(rows)
}

func (f *hubFlags) fleetRows(rows []hubclient.FleetRow) error {
	var err error
	if f.format == "json" {
		err = f.json(map[string]any{"rows": rows})
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return fleetRowsPage(w, style, rows, time.Now()) })
	}
	if err != nil {
		return err
	}
	worst := verdict.OK
	for i := range rows {
		worst = max(worst, rows[i].Worst())
	}
	return f.exceeds(worst)
}

// findRows finds the rows of one certificate by an ID, a fingerprint, a name or the path of a secret.
func findRows(ctx context.Context, client *hubclient.Client, query url.Values, word string) ([]string, error) {
	query.Set("q", word)
	fleet, err := client.Fleet(ctx, query, func(int, int) {})
	if err != nil {
		return nil, err
	}
	if !fleet.Configured {
		return nil, errNoFleet
	}
	named := among(fleet.Rows, func(r *hubclient.FleetRow) bool { return r.ID == word })
	if len(named) == 0 {
		named = among(fleet.Rows, func(r *hubclient.FleetRow) bool {
			return r.Name == word || r.Store == word || has(r, strings.ToLower(word))
		})
	}
	if len(named) == 0 {
		named = fleet.Rows
	}
	return idsOf(named, word)
}

// has tells whether the ID of a version begins with a word.
func has(r *hubclient.FleetRow, beginning string) bool {
	return slices.ContainsFunc(r.Versions, func(v hubclient.FleetVersion) bool { return strings.HasPrefix(v.Certificate, beginning) })
}

func among(rows []hubclient.FleetRow, is func(*hubclient.FleetRow) bool) (named []hubclient.FleetRow) {
	for i := range rows {
		if is(&rows[i]) {
			named = append(named, rows[i])
		}
	}
	return named
}

// idsOf are the IDs of rows of one name: at most maxRows.
func idsOf(named []hubclient.FleetRow, word string) ([]string, error) {
	var ids, names []string
	for i := range named {
		r := &named[i]
		ids = append(ids, r.ID)
		if name := fmt.Sprintf("%s in %s (%s)", r.Name, r.Deployment, r.ID); len(names) < 5 {
			names = append(names, name)
		}
	}
	other := func(r hubclient.FleetRow) bool { return r.Name != named[0].Name }
	switch {
	case len(named) == 0:
		return nil, fmt.Errorf("no instance has a certificate with %q: cert-health fleet --all shows all", word)
	case len(named) > maxRows || slices.ContainsFunc(named, other):
		return nil, fmt.Errorf("%d certificates have %q: write the ID of one, such as %s", len(named), word, strings.Join(names, ", "))
	}
	return ids, nil
}
