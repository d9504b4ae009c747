//go:build !vm

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// fleetRowsPage shows rows in full: one certificate in one deployment or in several.
func fleetRowsPage(w io.Writer, style terminal.Style, rows []hubclient.FleetRow, now time.Time) error {
	p := &page{w: w, style: style}
	for i := range rows {
		if i > 0 {
			p.line("")
		}
		p.fleetRow(&rows[i], now)
	}
	return p.err
}

func (p *page) fleetRow(r *hubclient.FleetRow, now time.Time) {
	p.line("%s in %s: %s", r.Name, r.Deployment, word(r.State))
	if r.Message != "" {
		p.finding(hubclient.Finding{Severity: r.Severity, Message: r.Message, Why: r.Why, Steps: r.Steps})
	}
	p.entry("secret", strings.TrimSpace(strings.TrimSpace(r.StoreTitle+" "+r.Store)+" "+r.Key))
	p.entry("role", r.Role)
	p.entry("current", spread(r))
	if !r.Since.IsZero() {
		p.entry("since", fmt.Sprintf("%s (%s)", verdict.Stamp(r.Since), verdict.Relative(r.Since, now)))
	}
	p.entry("ID", r.ID)
	p.versions(r, now)
	p.groups(r.Groups, now)
	p.laggards(r, now)
}

// spread is how far the current version has come.
func spread(r *hubclient.FleetRow) string {
	text := "each instance has its own"
	if !r.Own {
		text = fmt.Sprintf("on %d of %d instances (%d%%)", r.OnCurrent, r.Instances, r.Percent)
	}
	switch {
	case r.NotSeen == 1:
		text += "; 1 is not seen"
	case r.NotSeen > 1:
		text += fmt.Sprintf("; %d are not seen", r.NotSeen)
	}
	return text
}

func (p *page) versions(r *hubclient.FleetRow, now time.Time) {
	all := r.Versions
	if len(all) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "VERSION"}, {Title: "ENDS"}, {Title: "STORE"}, {Title: "FILES"}, {Title: "PROCESSES"}, {Title: "ID"}}}
	for i := range all {
		v, store := &all[i], "-"
		if v.InStore {
			store = "current"
		}
		g.Rows = append(g.Rows, terminal.Row{Severity: endOf(v.NotAfter, now), Cells: []string{versionOf(v), distance(v.NotAfter, now), store, number(v.Files), number(v.Processes), short(v.Certificate)}})
	}
	p.line("")
	p.grid(g)
	if r.MoreVersions > 0 {
		p.line("and %s more", count(r.MoreVersions, "version"))
	}
}

// endOf is the colour of a version: red if it has ended.
func endOf(end, now time.Time) verdict.Severity {
	if !end.IsZero() && now.After(end) {
		return verdict.Critical
	}
	return verdict.OK
}

// versionOf is a version as people write it: its number, or the beginning of the ID.
func versionOf(v *hubclient.FleetVersion) string {
	switch {
	case v == nil:
		return "-"
	case v.Number > 0:
		return fmt.Sprintf("v%d", v.Number)
	case v.Certificate == "":
		return "?"
	}
	return v.Certificate[:min(len(v.Certificate), 8)]
}

func (p *page) groups(all []hubclient.FleetGroup, now time.Time) {
	if len(all) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "GROUP", Shrinks: true}, {Title: "CURRENT"}, {Title: "SERVED"}, {Title: "FOR"}, {Title: "UNSEEN"}, {Title: "AZ", Shrinks: true}}}
	for i := range all {
		n := &all[i]
		g.Rows = append(g.Rows, terminal.Row{Severity: colourOf(n.State), Cells: []string{
			word(n.State), n.Group, part(n.OnCurrent, n.Instances), served(n), lasting(n.Since, now), number(n.NotSeen), strings.Join(n.AZs, " ")}})
	}
	p.line("")
	p.grid(g)
}

// colourOf is the colour of a state of the fleet.
func colourOf(state string) verdict.Severity {
	switch state {
	case "current", "":
		return verdict.OK
	case "unknown":
		return verdict.Info
	}
	return verdict.Warning
}

// served is how many of the instances that serve a version serve the current one.
func served(n *hubclient.FleetGroup) string {
	if n.Serving == 0 {
		return "-"
	}
	return part(n.ServingCurrent, n.Serving)
}

func (p *page) laggards(r *hubclient.FleetRow, now time.Time) {
	if len(r.Laggards) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "INSTANCE", Shrinks: true}, {Title: "FILE"}, {Title: "SERVED"}, {Title: "FOR"}, {Title: "AZ", Shrinks: true}}}
	for _, l := range r.Laggards {
		g.Rows = append(g.Rows, terminal.Row{Severity: colourOf(l.State), Cells: []string{word(l.State), l.Name, versionOf(l.File), versionOf(l.Process), lasting(l.Since, now), l.AZ}})
	}
	p.line("")
	p.grid(g)
	if r.More > 0 {
		p.line("and %s more", count(r.More, "instance"))
	}
}
