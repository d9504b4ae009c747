// Package terminal writes a report for people, as a table and paragraphs of text.
package terminal

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"cert-health/internal/cert"
	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Style says how a table is written.
type Style struct {
	Width   int  // of the terminal, in columns
	Colour  bool // ANSI colours
	Healthy bool // list certificates without findings too
}

// minWidth is the narrowest table that is readable.
const minWidth = 72

// WriteTable writes the report for people: one line for each certificate, the
// worst first, then the findings with their next steps, then one line of summary.
func WriteTable(r *report.Report, w io.Writer, style Style) error {
	style.Width = max(style.Width, minWidth)
	out := bufio.NewWriter(w)
	t := table{Writer: out, report: r, style: style, palette: palette{on: style.Colour}, listed: r.Certificates}
	if !style.Healthy {
		t.listed = slices.DeleteFunc(slices.Clone(r.Certificates), func(c report.Certificate) bool { return len(c.Findings) == 0 })
	}
	t.heading()
	t.lines()
	t.findings()
	t.shown()
	t.problems()
	t.ignored()
	t.steps()
	t.summary()
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

type table struct {
	*bufio.Writer
	report  *report.Report
	style   Style
	palette palette
	listed  []report.Certificate // those that get a line
}

func (t *table) print(format string, values ...any) { fmt.Fprintf(t, format, values...) }

func (t *table) heading() {
	i := t.report.Instance
	var of []string
	for _, part := range []string{i.Deployment, i.AZ, i.Address} {
		if part != "" {
			of = append(of, part)
		}
	}
	name := i.Name()
	if name == "" {
		name = "this machine"
	}
	if len(of) > 0 {
		name += " (" + strings.Join(of, ", ") + ")"
	}
	t.print("%s, checked %s\n", t.palette.bold(report.Printable(name)), verdict.Stamp(t.report.CheckedAt))
}

// columns are those of the certificates' lines. The name and the place share what the
// words of the others leave.
func (t *table) columns() []column {
	columns := []column{
		{"STATE", fit{}, func(c *report.Certificate) string { return c.Worst().String() }},
		{"CERTIFICATE", fit{}, func(c *report.Certificate) string { return c.Name }},
		{"ROLE", fit{}, func(c *report.Certificate) string { return string(c.Role) }},
		{"EXPIRES", fit{}, func(c *report.Certificate) string { return short(c.NotAfter, t.report.CheckedAt) }},
		{"VAULT", fit{}, func(c *report.Certificate) string { return t.held(c) }},
		{"FILE", fit{}, func(c *report.Certificate) string { return deployedAs(c) }},
		{"SERVED", fit{}, func(c *report.Certificate) string { return t.served(c) }},
	}
	if t.report.Served == nil {
		columns = slices.Delete(columns, 6, 7)
	}
	if t.report.Reference.State == "none" {
		columns = slices.Delete(columns, 4, 6)
	}
	if t.style.Width < 100 {
		columns = slices.Delete(columns, 2, 3)
	}
	rest := t.style.Width - 2*len(columns)
	for i := range columns {
		if i != 1 {
			columns[i].width = t.widest(columns[i])
			rest -= columns[i].width
		}
	}
	names, full := t.needs()
	columns[1].width = min(names, max(rest*2/5, rest-full))
	place := column{"PLACE", fit{width: rest - columns[1].width, keepEnd: true}, nil}
	place.value = func(c *report.Certificate) string { return places(c, place.width) }
	return append(columns, place)
}

type column struct {
	title string
	fit
	value func(*report.Certificate) string
}

// widest is the width with which nothing of a column is cut.
func (t *table) widest(c column) int {
	width := len(c.title)
	for i := range t.listed {
		width = max(width, utf8.RuneCountInString(c.value(&t.listed[i])))
	}
	return width
}

// needs are the widths with which no name and no place would be cut.
func (t *table) needs() (name, place int) {
	name, place = len("CERTIFICATE"), len("PLACE")
	for i := range t.listed {
		c := &t.listed[i]
		name = max(name, utf8.RuneCountInString(report.Printable(c.Name)))
		place = max(place, utf8.RuneCountInString(report.Printable(c.Place())))
	}
	return name, place
}

func (t *table) lines() {
	if len(t.listed) == 0 {
		return
	}
	columns := t.columns()
	var titles []string
	for _, c := range columns {
		titles = append(titles, fit{width: c.width}.apply(c.title))
	}
	t.print("\n%s\n", t.palette.bold(strings.TrimRight(strings.Join(titles, "  "), " ")))
	for i := range t.listed {
		var cells []string
		for n, c := range columns {
			cell := c.apply(report.Printable(c.value(&t.listed[i])))
			if n == 0 {
				cell = t.palette.severity(t.listed[i].Worst(), cell)
			}
			cells = append(cells, cell)
		}
		t.print("%s\n", strings.TrimRight(strings.Join(cells, "  "), " "))
	}
}

// short says how far t is from now in few characters: "2h ago", "364d".
func short(t, now time.Time) string {
	if left := t.Sub(now); left >= 0 {
		return brief(left)
	}
	return brief(now.Sub(t)) + " ago"
}

func brief(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 10_000*day:
		return fmt.Sprintf("%dy", d/(365*day))
	case d >= 2*day:
		return fmt.Sprintf("%dd", d/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// held is what Vault holds: a version, or how little is known.
func (t *table) held(c *report.Certificate) string {
	switch {
	case !c.Comparable():
		return "-"
	case c.Reference == nil:
		return "?"
	case c.Reference.State == cert.Unknown:
		return "-"
	case c.Reference.State == cert.Ambiguous:
		return "several"
	case c.Reference.State == cert.Deleted:
		return "gone"
	case c.Reference.CurrentVersion > 0:
		return fmt.Sprintf("v%d", c.Reference.CurrentVersion)
	}
	return "yes"
}

// deployedAs is what the file holds, in Vault's terms.
func deployedAs(c *report.Certificate) string {
	switch {
	case !c.Comparable():
		return "-"
	case c.Reference == nil:
		return "?"
	case c.Reference.DeployedVersion > 0:
		return fmt.Sprintf("v%d", c.Reference.DeployedVersion)
	case c.Reference.State == cert.Current:
		return "same"
	case c.Reference.State == cert.Stale:
		return "older"
	case c.Reference.State == cert.Unexpected:
		return "other"
	case c.Reference.State == cert.Ambiguous, c.Reference.State == cert.Behind, c.Reference.State == cert.Deleted:
		return "?"
	}
	return "-"
}

// places is fullPlaces in at most width columns where that can be: the job and
// the file's own name are the last to go, and a key store's alias goes before them.
func places(c *report.Certificate, width int) string {
	first, full := c.Locations[0], c.Place()
	if utf8.RuneCountInString(full) <= width || first.Job == "" {
		return full
	}
	brief := first.Job + " …/" + path.Base(cert.PlaceOf(first.Job, first.File, first.Line))
	if alias := aliasOf(first); utf8.RuneCountInString(brief+report.Printable(alias)+c.More()) <= width {
		brief += alias
	}
	return brief + c.More()
}

// aliasOf is how Place ends for a key store's entry.
func aliasOf(l report.Location) string {
	return strings.TrimPrefix(l.Place(), cert.PlaceOf(l.Job, l.File, l.Line))
}
