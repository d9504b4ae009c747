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
	Verbose bool // all certificates, all their places and whole names
}

// minWidth is the width of the narrowest readable table.
const minWidth = 72

// WriteTable writes the report for people: what to do, one line for each certificate, the worst
// first, then the findings with their steps, then a line of summary.
func WriteTable(r *report.Report, w io.Writer, style Style) error {
	t := newTable(r, w, style)
	if !style.Verbose {
		t.listed = slices.DeleteFunc(slices.Clone(r.Certificates), func(c report.Certificate) bool { return len(c.Findings) == 0 })
	}
	first, complete := t.firstScreen()
	t.told = complete && len(t.troubles) == 1
	t.heading()
	t.print("%s", first)
	t.lines()
	t.findings()
	t.servedCertificates()
	t.problems()
	t.ignored()
	t.leftOut()
	t.summary()
	if err := t.Flush(); err != nil {
		return fmt.Errorf("write the table: %w", err)
	}
	return nil
}

// captured is what write writes.
func (t *table) captured(write func()) string {
	var text strings.Builder
	out := t.Writer
	t.Writer = bufio.NewWriter(&text)
	write()
	_ = t.Flush() // a builder never fails
	t.Writer = out
	return text.String()
}

type table struct {
	*bufio.Writer
	report  *report.Report
	style   Style
	palette palette
	listed  []report.Certificate // those that get a line

	troubles    []*trouble
	told        bool // the first screen has all steps: the details need not repeat them
	labels      map[string]label
	generations map[string]int
	tails       *strings.Replacer
}

func newTable(r *report.Report, w io.Writer, style Style) *table {
	style.Width = max(style.Width, minWidth)
	return &table{Writer: bufio.NewWriter(w), report: r, style: style, palette: palette{on: style.Colour}, listed: r.Certificates,
		troubles: troubles(r.Certificates), labels: labels(r.Certificates), generations: report.Generations(r.Certificates), tails: tails(r.Certificates)}
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
	for i, row := range t.rows(columns) {
		state := columns[0].apply(row[0])
		row[0] = t.palette.severity(t.listed[i].Worst(), state)
		t.print("%s\n", strings.TrimRight(strings.Join(row, "  "), " "))
	}
}

// rows are the cells of the listed certificates. No two rows are equal: where a narrow column
// makes them so, the fingerprint stands beside the name.
func (t *table) rows(columns []column) [][]string {
	rows := make([][]string, len(t.listed))
	same := map[string][]int{}
	for i := range t.listed {
		for _, c := range columns {
			rows[i] = append(rows[i], c.apply(report.Printable(c.value(&t.listed[i]))))
		}
		key := strings.Join(rows[i], "\x00")
		same[key] = append(same[key], i)
	}
	for _, equal := range same {
		if len(equal) == 1 {
			continue
		}
		for _, i := range equal {
			c := &t.listed[i]
			rows[i][1] = columns[1].apply(label{name: t.labels[c.Fingerprint].name, beside: fingerprintOf(c)}.fitted(columns[1].width))
		}
	}
	return rows
}
