package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// version is stamped by the build.
var version = "dev"

// The exit codes of every command.
const (
	exitWell     = 0 // nothing at or above --fail-on
	exitFindings = 1
	exitFailed   = 2 // could not check
)

// errFindings says that the report holds something at or above --fail-on.
var errFindings = errors.New("findings")

// console is the world outside of a command.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, c console) int {
	root := newRoot(c)
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitWell
	case errors.Is(err, errFindings):
		return exitFindings
	}
	fmt.Fprintln(c.err, "cert-health:", err)
	return exitFailed
}

func newRoot(c console) *cobra.Command {
	root := &cobra.Command{
		Use:   "cert-health",
		Short: "the health of the certificates in a BOSH deployment",
		Long: `cert-health finds every certificate in the rendered files of a VM's jobs,
compares each with Vault's current version, and says which are expired, about to
expire or not deployed yet, what breaks because of it, and what to type next.

Exit codes: 0 nothing at or above --fail-on, 1 there is, 2 could not check.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.SetFlagErrorFunc(explainFlag)
	root.AddCommand(newScan(c), newInspect(c), newAgent(c), newStatus(c), newPublish(c), newVersion())
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "cert-health %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// explainFlag adds to an unknown flag the one that was probably meant.
func explainFlag(cmd *cobra.Command, err error) error {
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var known []string
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
		return fmt.Errorf("there is no flag --%s%s; see %s --help",
			unknown.GetSpecifiedName(), flagHint(unknown.GetSpecifiedName(), known), cmd.CommandPath())
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

func flagHint(mistyped string, known []string) string {
	if word := strict.Nearest(mistyped, known); word != "" {
		return "; did you mean --" + word + "?"
	}
	return ""
}

// output is how a report is written, shared by the commands that write one.
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
	cmd.Flags().StringVar(&o.format, "format", "table", "`FORMAT` of the report: table, for people, or json, for programs")
	cmd.Flags().StringVar(&o.failOn, "fail-on", "error", "`SEVERITY` from which the exit code is 1: "+strings.Join(verdict.Severities(), ", "))
	for flag, values := range map[string][]string{"format": {"table", "json"}, "fail-on": verdict.Severities()} {
		// It fails only for a flag that is not there.
		_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

// check tells a mistyped value before any work is done.
func (o *output) check() error {
	if o.format != "table" && o.format != "json" {
		return fmt.Errorf("--format %q is unknown: use table or json%s", o.format, strict.Hint(o.format, []string{"table", "json"}))
	}
	threshold, err := verdict.ParseSeverity(o.failOn)
	if err != nil {
		return fmt.Errorf("--fail-on: %w%s", err, strict.Hint(o.failOn, verdict.Severities()))
	}
	o.threshold = threshold
	return nil
}

// write writes the report and turns it into the command's outcome.
func (o *output) write(r *report.Report) error {
	var err error
	if o.format == "json" {
		err = r.WriteJSON(o.console.out)
	} else {
		err = o.table(r, o.console.out, o.console.style(o.verbose))
	}
	if err == nil && r.Summary.Worst >= o.threshold {
		err = errFindings
	}
	return err
}
