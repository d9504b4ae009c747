//go:build !vm

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func fleetPage(w io.Writer, style terminal.Style, fleet *hubclient.Fleet, all bool, now time.Time) error {
	p := &page{w: w, style: style}
	p.finding(hubclient.Finding{Severity: fleet.Severity, Message: fleet.Message, Why: fleet.Why, Steps: fleet.Steps})
	if !fleet.Configured {
		return p.err
	}
	for i := range fleet.Deployments {
		d := &fleet.Deployments[i]
		told := d.Rollout != nil && strings.Contains(fleet.Message, d.Rollout.Message)
		p.deployment(d, rowsOf(fleet, d.Name), told, all, now)
	}
	p.line("\n%s", standings(fleet.Instances, fleet.Standings))
	p.line("%s of %s", count(fleet.Total, "certificate"), count(len(fleet.Deployments), "deployment"))
	if len(fleet.Rows) < fleet.Total {
		p.line("%d of the certificates are listed", len(fleet.Rows))
	}
	return p.err
}

func rowsOf(fleet *hubclient.Fleet, deployment string) (rows []hubclient.FleetRow) {
	for i := range fleet.Rows {
		if fleet.Rows[i].Deployment == deployment {
			rows = append(rows, fleet.Rows[i])
		}
	}
	return rows
}

// standings are numbers of instances in words. Only those that report are seen.
func standings(all int, counts map[string]int) string {
	var parts []string
	for _, standing := range standingNames() {
		if n := counts[standing]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, standing))
		}
	}
	if len(parts) == 0 {
		return count(all, "instance")
	}
	return fmt.Sprintf("%s (%s)", count(all, "instance"), strings.Join(parts, ", "))
}

// deployment writes what is to be said about a deployment, and its certificates.
func (p *page) deployment(d *hubclient.Deployment, rows []hubclient.FleetRow, told, all bool, now time.Time) {
	shown := rows
	if !all {
		shown = slices.DeleteFunc(slices.Clone(rows), func(r hubclient.FleetRow) bool { return r.Severity < verdict.Warning })
	}
	p.line("\n%s: %s", d.Name, standings(d.Instances, d.Standings))
	if d.Rollout != nil && !told {
		p.entry("deploy", d.Rollout.Message)
	}
	if len(shown) > 0 {
		p.grid(fleetGrid(shown, now))
	}
	switch hidden := len(rows) - len(shown); {
	case hidden == 1:
		p.line("nothing to do for 1 certificate where it is seen: see --all")
	case hidden > 1:
		p.line("nothing to do for %d certificates where they are seen: see --all", hidden)
	}
}

func (p *page) grid(g terminal.Grid) {
	if p.err == nil {
		p.err = g.Write(p.w, p.style)
	}
}

func fleetGrid(rows []hubclient.FleetRow, now time.Time) terminal.Grid {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "CERTIFICATE", Shrinks: true}, {Title: "CURRENT"}, {Title: "FOR"},
		{Title: "UNSEEN"}, {Title: "LAGS", Shrinks: true}}}
	for i := range rows {
		r := &rows[i]
		g.Rows = append(g.Rows, terminal.Row{Severity: r.Severity, Cells: []string{
			word(r.State), r.Name, currentOf(r), lasting(r.Since, now), number(r.NotSeen), lagging(r)}})
	}
	return g
}

// currentOf is how many of how many instances have the current version.
func currentOf(r *hubclient.FleetRow) string {
	if r.Own { // each has its own
		return "-"
	}
	return part(r.OnCurrent, r.Instances)
}

// part is a part of a whole in a table.
func part(some, all int) string { return fmt.Sprintf("%d/%d", some, all) }

// lasting is how long something lasts.
func lasting(since, now time.Time) string { return strings.TrimSuffix(distance(since, now), " ago") }

// number is a number that is nothing to look at if it is zero.
func number(n int) string {
	if n == 0 {
		return "-"
	}
	return fmt.Sprint(n)
}

// lagging names the first instance that lags behind, and how many there are beside it.
func lagging(r *hubclient.FleetRow) string {
	switch all := len(r.Laggards) + r.More; {
	case len(r.Laggards) == 0:
		return number(all)
	case all == 1:
		return r.Laggards[0].Name
	default:
		return fmt.Sprintf("%s +%d", r.Laggards[0].Name, all-1)
	}
}
