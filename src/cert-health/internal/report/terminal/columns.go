package terminal

import (
	"fmt"
	"slices"
	"strings"

	"cert-health/internal/cert"
	"cert-health/internal/report"
)

// columns are the columns of the table. The name and the place share the width that the
// other columns leave.
func (t *table) columns() []column {
	columns := []column{
		{"STATE", fit{}, func(c *report.Certificate) string { return c.Worst().String() }},
		{"CERTIFICATE", fit{}, nil},
		{"ROLE", fit{}, func(c *report.Certificate) string { return string(c.Role) }},
		{"EXPIRES", fit{}, func(c *report.Certificate) string { return short(c.NotAfter, t.report.CheckedAt) }},
		{sourceTitle(t.report), fit{}, func(c *report.Certificate) string { return held(c) }},
		{"FILE", fit{}, func(c *report.Certificate) string { return deployedAs(c) }},
		{"SERVED", fit{}, func(c *report.Certificate) string { return servedVersion(c) }},
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
	name := &columns[1]
	name.width = min(names, max(t.minName(), rest*2/5, rest-full))
	width := name.width
	name.value = func(c *report.Certificate) string { return t.labels[c.Fingerprint].fitted(width) }
	place := column{"PLACE", fit{width: rest - width, keepEnd: true}, nil}
	place.value = func(c *report.Certificate) string { return places(c, place.width) }
	if t.style.Verbose {
		place.width = max(place.width, full)
		place.value = func(c *report.Certificate) string { return c.Place() }
	}
	return append(columns, place)
}

// minName is the width of the narrowest name: more, if something stands beside any name.
func (t *table) minName() int {
	const room = len("client (fingerprin)")
	for i := range t.listed {
		if t.labels[t.listed[i].Fingerprint].detail() != "" {
			return room
		}
	}
	return 0
}

type column struct {
	title string
	fit
	value func(*report.Certificate) string
}

// widest is the width at which no value of a column is cut.
func (t *table) widest(c column) int {
	width := len(c.title)
	for i := range t.listed {
		width = max(width, columnsOf(c.value(&t.listed[i])))
	}
	return width
}

// needs are the widths at which no name and no place is cut.
func (t *table) needs() (name, place int) {
	name, place = len("CERTIFICATE"), len("PLACE")
	for i := range t.listed {
		c := &t.listed[i]
		name = max(name, columnsOf(t.labels[c.Fingerprint].String()))
		place = max(place, columnsOf(report.Printable(t.place(c))))
	}
	return name, place
}

// place is the certificate's place for the table: all of it, if all is wanted.
func (t *table) place(c *report.Certificate) string {
	if t.style.Verbose {
		return c.Place()
	}
	return shortPlace(c)
}

// sourceTitle is the title of the column about the source.
func sourceTitle(r *report.Report) string {
	if r.Reference.Source == "" {
		return "SOURCE"
	}
	return strings.ToUpper(r.Reference.Source)
}

// held is what the source holds: a version, or what is known instead.
func held(c *report.Certificate) string {
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

// deployedAs is what the file holds, in the terms of the source.
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
