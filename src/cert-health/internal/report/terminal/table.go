// Package terminal writes a report for people, as a table and paragraphs of text.
package terminal

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Style says how a report is written.
type Style struct {
	Width   int  // of the terminal, in columns
	Colour  bool // ANSI colours
	Healthy bool // list certificates without findings too
}

// minWidth is the width of the narrowest readable table.
const minWidth = 72

// WriteTable writes the report for people: one line for each certificate, the worst first,
// then the findings with their steps, then a line of summary. What to do comes first.
func WriteTable(r *report.Report, w io.Writer, style Style) error {
	t := newTable(r, w, style)
	if !style.Healthy {
		t.listed = slices.DeleteFunc(slices.Clone(r.Certificates), func(c report.Certificate) bool { return len(c.Findings) == 0 })
	}
	t.heading()
	t.firstScreen()
	t.lines()
	t.findings()
	t.servedCertificates()
	t.problems()
	t.ignored()
	t.summary()
	if err := t.Flush(); err != nil {
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

func newTable(r *report.Report, w io.Writer, style Style) *table {
	style.Width = max(style.Width, minWidth)
	return &table{Writer: bufio.NewWriter(w), report: r, style: style, palette: palette{on: style.Colour}, listed: r.Certificates}
}

func (t *table) print(format string, values ...any) { fmt.Fprintf(t, format, values...) }

// title writes the title of a section.
func (t *table) title(text string) { t.print("\n%s\n", t.palette.bold(report.Printable(text))) }

// entry writes a word in the left column and text beside it.
func (t *table) entry(word, text string) {
	t.print("%s", wrap("  "+fit{width: 10}.apply(word), report.Printable(text), t.style.Width))
}

func (t *table) heading() {
	i := t.report.Instance
	var details []string
	for _, detail := range []string{i.Deployment, i.AZ, i.Address} {
		if detail != "" {
			details = append(details, detail)
		}
	}
	name := i.Name()
	if name == "" {
		name = "this machine"
	}
	if len(details) > 0 {
		name += " (" + strings.Join(details, ", ") + ")"
	}
	t.print("%s, checked %s\n", t.palette.bold(report.Printable(name)), verdict.Stamp(t.report.CheckedAt))
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
