//go:build !vm

package main

import (
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

func (p *page) placements(c *hubclient.Certificate, now time.Time) {
	if len(c.Placements) == 0 {
		return
	}
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "SOURCE"}, {Title: "PATH", Shrinks: true, KeepEnd: true}, {Title: "PLACE", Shrinks: true}, {Title: "VERSION", Shrinks: true}, {Title: "STATE"}, {Title: "LAST SEEN"}}}
	for _, at := range c.Placements {
		row := terminal.Row{Severity: verdict.OK, Cells: []string{at.Source, at.Path, at.Place, at.Version, at.State, distance(at.LastSeen, now)}}
		if at.Unseen != "" {
			row.Severity = verdict.Warning
		}
		g.Rows = append(g.Rows, row)
	}
	p.line("")
	if p.err == nil {
		p.err = g.Write(p.w, p.style)
	}
	if c.More > 0 {
		p.line("and %s more", count(c.More, "place"))
	}
	for _, at := range c.Placements {
		if at.Unseen != "" {
			p.entry("not seen", at.Path+": "+at.Unseen)
		}
	}
}

// severityOf is the colour of a state where the findings are not known.
func severityOf(state string) verdict.Severity {
	switch state {
	case "expired", "broken":
		return verdict.Critical
	case "expiring_soon", "not_yet_valid":
		return verdict.Error
	case "expiring", "unverified":
		return verdict.Warning
	}
	return verdict.OK
}

func (p *page) relations(title string, all []hubclient.Relation, total int, now time.Time) {
	const most = 20
	if len(all) == 0 {
		return
	}
	p.line("\n%s:", title)
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "ENDS"}, {Title: "CERTIFICATE", Shrinks: true}, {Title: "ID"}}}
	for _, r := range all[:min(len(all), most)] {
		g.Rows = append(g.Rows, terminal.Row{Severity: severityOf(r.State), Cells: []string{word(r.State), distance(r.NotAfter, now), r.Name, short(r.ID)}})
	}
	if p.err == nil {
		p.err = g.Write(p.w, p.style)
	}
	if total > most {
		p.line("  and %d more", total-most)
	}
}
