package terminal

import (
	"fmt"
	"io"
	"strings"
	"time"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Grid is a table of anything, for commands that have no report. The first column has the colour of
// the severity of its row.
type Grid struct {
	Columns []Heading
	Rows    []Row
}

// Heading is the head of a column.
type Heading struct {
	Title string
	// Shrinks says that the column may be cut if the terminal is narrow. KeepEnd cuts the beginning: the
	// end of a path says more.
	Shrinks, KeepEnd bool
}

// Row is a row.
type Row struct {
	Severity verdict.Severity
	Cells    []string
}

// minColumn is the width to which a column is cut at most.
const minColumn = 16

// Write writes the table.
func (g Grid) Write(w io.Writer, style Style) error {
	p, fits := palette{on: style.Colour}, g.fits(style)
	titles := make([]string, len(g.Columns))
	for i, column := range g.Columns {
		titles[i] = fits[i].apply(column.Title)
	}
	if _, err := fmt.Fprintln(w, p.bold(strings.TrimRight(strings.Join(titles, "  "), " "))); err != nil {
		return err
	}
	for _, row := range g.Rows {
		cells := make([]string, len(row.Cells))
		for i, cell := range row.Cells {
			cells[i] = fits[i].apply(report.Printable(cell))
		}
		if last := len(cells) - 1; last >= 0 {
			cells[last] = strings.TrimRight(cells[last], " ")
			cells[0] = p.severity(row.Severity, cells[0])
		}
		if _, err := fmt.Fprintln(w, strings.Join(cells, "  ")); err != nil {
			return err
		}
	}
	return nil
}

// fits are the widths of the columns. The widest of those that shrink gives way first.
func (g Grid) fits(style Style) []fit {
	fits, total := make([]fit, len(g.Columns)), 2*(len(g.Columns)-1)
	for i, column := range g.Columns {
		fits[i] = fit{width: columnsOf(column.Title), keepEnd: column.KeepEnd}
		for _, row := range g.Rows {
			fits[i].width = max(fits[i].width, columnsOf(report.Printable(row.Cells[i])))
		}
		total += fits[i].width
	}
	for excess := total - max(style.Width, minWidth); excess > 0 && !style.Verbose; excess-- {
		widest := -1
		for i, column := range g.Columns {
			if column.Shrinks && fits[i].width > minColumn && (widest < 0 || fits[i].width > fits[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return fits
		}
		fits[widest].width--
	}
	return fits
}

// Paragraph writes a word in the left column and text beside it, in lines that fit.
func Paragraph(w io.Writer, style Style, word, text string) error {
	_, err := io.WriteString(w, wrap("  "+fit{width: 10}.apply(report.Printable(word)), report.Printable(text), max(style.Width, minWidth)))
	return err
}

// Distance writes the distance of t from now in few characters: "2h ago", "364d", "never".
func Distance(t, now time.Time) string { return short(t, now) }
