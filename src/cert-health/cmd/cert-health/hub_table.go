//go:build !vm

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
)

func countOf(listed, total int) string {
	if listed < total {
		return fmt.Sprintf("%d of %s", listed, count(total, "certificate"))
	}
	return count(total, "certificate")
}

// states are counts by state, in words.
func states(counts map[string]int) string {
	var parts []string
	for _, state := range []string{"expired", "expiring_soon", "expiring", "not_yet_valid", "broken", "unverified", "ok", "history"} {
		if n := counts[state]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word(state)))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// word is a state as people write it.
func word(state string) string { return strings.ReplaceAll(state, "_", " ") }

func certificateTable(list []hubclient.Certificate, now time.Time) terminal.Grid {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "STATE"}, {Title: "ENDS"}, {Title: "CERTIFICATE", Shrinks: true}, {Title: "SOURCE"},
		{Title: "PATH", Shrinks: true, KeepEnd: true}, {Title: "ID"}}}
	for i := range list {
		c := &list[i]
		g.Rows = append(g.Rows, terminal.Row{Severity: c.Severity, Cells: []string{stateOf(c), distance(c.NotAfter, now), c.Name, sourceOf(c), pathOf(c), short(c.ID)}})
	}
	return g
}

// stateOf is the state, and whether people know about it.
func stateOf(c *hubclient.Certificate) string {
	text := word(c.State)
	if c.Unverified && c.State != "unverified" {
		text += ", not seen"
	}
	if c.Acknowledged != nil {
		text += ", acknowledged"
	}
	return text
}

func distance(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return terminal.Distance(t, now)
}

func sourceOf(c *hubclient.Certificate) string {
	var names []string
	for _, p := range c.Placements {
		if !slices.Contains(names, p.Source) {
			names = append(names, p.Source)
		}
	}
	if len(names) > 2 {
		return fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
	return strings.Join(names, ", ")
}

func pathOf(c *hubclient.Certificate) string {
	switch n := len(c.Placements) + c.More; n {
	case 0:
		return "-"
	case 1:
		return c.Placements[0].Path
	default:
		return fmt.Sprintf("%s and %d more", c.Placements[0].Path, n-1)
	}
}

// shortID is how many characters of an ID are shown. Any beginning that only one certificate has
// names it.
const shortID = 12

func short(id string) string {
	size := shortID
	if strings.HasPrefix(id, "described-") {
		size += len("described-")
	}
	return id[:min(len(id), size)]
}
