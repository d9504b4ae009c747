package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// output is how a report is written. All commands that write a report share it.
type output struct {
	format  string
	failOn  string
	verbose bool
	console console
	// table writes the report for people.
	table func(*report.Report, io.Writer, terminal.Style) error

	threshold verdict.Severity
}

func (o *output) flags(cmd *cobra.Command) {
	formatFlag(cmd, &o.format, "`FORMAT` of the report: table for people, json for programs")
	cmd.Flags().StringVar(&o.failOn, "fail-on", "error", "lowest `SEVERITY` for which the exit code is 1: "+strings.Join(verdict.Severities(), ", "))
	complete(cmd, "fail-on", verdict.Severities()...)
}

// formatFlag adds the flag --format.
func formatFlag(cmd *cobra.Command, format *string, usage string) {
	cmd.Flags().StringVar(format, "format", "table", usage)
	complete(cmd, "format", "table", "json")
}

// complete makes a shell complete the values of a flag.
func complete(cmd *cobra.Command, flag string, values ...string) {
	// It fails only for a flag that does not exist.
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}

// checkFormat returns what is wrong with the value of --format, or nil.
func checkFormat(format string) error {
	if format != "table" && format != "json" {
		return fmt.Errorf("--format %q is not supported: use table or json%s", format, strict.Hint(format, []string{"table", "json"}))
	}
	return nil
}

// check reports a wrong value before any work is done.
func (o *output) check() error {
	if err := checkFormat(o.format); err != nil {
		return err
	}
	threshold, err := verdict.ParseSeverity(o.failOn)
	if err != nil {
		return fmt.Errorf("--fail-on: %w%s", err, strict.Hint(o.failOn, verdict.Severities()))
	}
	o.threshold = threshold
	return nil
}

// write writes the report, and returns errFindings if it has findings at or above --fail-on.
func (o *output) write(r *report.Report) error {
	var err error
	out := &guard{out: o.console.out}
	if o.format == "json" {
		err = r.WriteJSON(out)
	} else {
		style := o.console.style(o.verbose)
		out.colour = style.Colour
		err = o.table(r, out, style)
	}
	if flushed := out.flush(); err == nil {
		err = flushed
	}
	if err == nil && r.Summary.Worst >= o.threshold {
		err = errFindings
	}
	return err
}

// count is a number of things in words: "1 secret", "2 secrets".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// encodeIndented writes a value as a document for programs that people may read too.
func encodeIndented(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
