//go:build !vm

package main

import (
	"encoding/csv"
	"slices"

	"cert-health/internal/verdict"
)

// table writes the hub's own table. Its cells are such that no spreadsheet takes them for formulas.
func (f *hubFlags) table(rows [][]string) error {
	out := &guard{out: f.console.out}
	if err := csv.NewWriter(out).WriteAll(rows); err != nil {
		return err
	}
	if err := out.flush(); err != nil {
		return err
	}
	return f.exceeds(gravest(rows))
}

// gravest is the gravest severity in the rows of a table. An instance that is not seen is never counted as well.
func gravest(rows [][]string) (worst verdict.Severity) {
	severities, unseen := slices.Index(rows[0], "severity"), slices.Index(rows[0], "not_seen")
	for _, row := range rows[1:] {
		if severity, err := verdict.ParseSeverity(row[max(severities, 0)]); severities >= 0 && err == nil {
			worst = max(worst, severity)
		}
		if unseen >= 0 && row[unseen] != "0" && row[unseen] != "" {
			worst = max(worst, verdict.Warning)
		}
	}
	return worst
}
