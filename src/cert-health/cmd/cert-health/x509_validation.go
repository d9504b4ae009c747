//go:build !vm

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"cert-health/internal/report/terminal"
	"cert-health/internal/vault/validate"
	"cert-health/internal/verdict"
)

// writeValidation writes a result for people: the summary, a row for each finding, what the rows cannot hold, and what
// to do.
func writeValidation(w io.Writer, style terminal.Style, r *validate.Result) error {
	p := &page{w: w, style: style}
	p.line("%s", validationSummary(r))
	rows := findingRows(r, style.Verbose)
	if g := validationGrid(r, rows); len(g.Rows) > 0 && p.err == nil {
		p.line("")
		p.err = g.Write(w, style)
	}
	p.details(rows)
	for i, problem := range r.Problems {
		if i == 0 {
			p.line("")
		}
		p.entry("not read", problem.Path+": "+problem.Reason)
	}
	for i, step := range r.Steps {
		word := ""
		if i == 0 {
			p.line("")
			word = "next"
		}
		p.step(word, step)
	}
	return p.err
}

// validationSummary counts in one line.
func validationSummary(r *validate.Result) string {
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(r.ByCode)) {
		parts = append(parts, fmt.Sprintf("%d %s", r.ByCode[code], codeWords(code)))
	}
	if r.Sound > 0 || len(parts) == 0 {
		parts = append(parts, fmt.Sprintf("%d sound", r.Sound))
	}
	return fmt.Sprintf("%s, %d of them with certificates: %s", count(r.Secrets, "secret"), r.Holding, strings.Join(parts, ", "))
}

// codeWords are the words of a code.
func codeWords(code validate.Code) string {
	switch code {
	case validate.List:
		return "with a faulty revocation list"
	case validate.Serial:
		return "with a doubtful serial number"
	case validate.Layout:
		return "incomplete"
	case validate.Unmet:
		return "not as asked for"
	case validate.KeyMismatch:
		return "with another private key"
	}
	return word(string(code))
}

// findingRow is one finding and the path that it is about; no finding for a sound one.
type findingRow struct {
	path *validate.Path
	*validate.Finding
}

// findingRows are the findings, the gravest first. Information is listed only if everything is wanted.
func findingRows(r *validate.Result, all bool) (rows []findingRow) {
	for i := range r.Paths {
		p := &r.Paths[i]
		for n := range p.Findings {
			if f := &p.Findings[n]; all || f.Severity > verdict.Info {
				rows = append(rows, findingRow{p, f})
			}
		}
		if all && len(p.Findings) == 0 {
			rows = append(rows, findingRow{p, &validate.Finding{Code: "ok"}})
		}
	}
	slices.SortStableFunc(rows, func(a, b findingRow) int { return int(b.Severity) - int(a.Severity) })
	return rows
}

func validationGrid(r *validate.Result, rows []findingRow) terminal.Grid {
	g := terminal.Grid{Columns: []terminal.Heading{{Title: "FINDING"}, {Title: "ENDS"}, {Title: "CERTIFICATE", Shrinks: true}, {Title: "PATH", Shrinks: true, KeepEnd: true}}}
	for _, row := range rows {
		name, ends := row.path.Name, distance(row.path.NotAfter, r.CheckedAt)
		if row.About != "" {
			name, ends = row.About+" in its chain", "-"
		}
		g.Rows = append(g.Rows, terminal.Row{Severity: row.Severity, Cells: []string{word(string(row.Code)), ends, name, row.path.Path}})
	}
	return g
}

// details writes the findings that say more than their dates.
func (p *page) details(rows []findingRow) {
	first := true
	for _, row := range rows {
		switch row.Code {
		case validate.Expired, validate.ExpiringSoon, validate.Expiring, "ok":
			if row.About == "" {
				continue
			}
		}
		if first {
			p.line("")
			first = false
		}
		p.entry(row.Severity.String(), row.path.Path+": "+row.Message)
	}
}
