package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"
)

// version is set by the build.
var version = "dev"

// The exit codes of every command.
const (
	exitOK       = 0 // no finding at or above --fail-on
	exitFindings = 1
	exitFailed   = 2 // the check failed
)

// errFindings says that the report has a finding or problem at or above --fail-on.
var errFindings = errors.New("findings")

// console is what a command reads from and writes to.
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
	out := &remembering{out: c.out}
	root.SetOut(out)
	root.SetErr(c.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = out.err
	}
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errFindings):
		return exitFindings
	}
	fmt.Fprintln(c.err, "cert-health:", new(guard).clean(err.Error()))
	return exitFailed
}

// remembering passes on what is written, and remembers the first error: cobra ignores the errors of help.
type remembering struct {
	out io.Writer
	err error
}

// Write passes on the text.
func (r *remembering) Write(text []byte) (int, error) {
	n, err := r.out.Write(text)
	r.err = cmp.Or(r.err, err)
	return n, err
}

func newRoot(c console) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "cert-health",
		Short: "the health of the certificates in a BOSH deployment",
		Long: `cert-health finds every certificate in the rendered files of a VM's jobs and
compares each with its current version in Vault. It reports which certificates
are expired, about to expire or not deployed yet, what breaks because of that,
and what to do next.

Exit codes: 0 no finding at or above --fail-on, 1 at least one,
2 the check failed.`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return printVersion(cmd)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print the version")
	root.SetUsageFunc(printUsage)
	root.SetFlagErrorFunc(explainFlag)
	root.AddCommand(newScan(c), newInspect(c), newAgent(c), newStatus(c), newExplain(c), newRepair(c), newVersion())
	operatorCommands(root, c)
	return root
}

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

func printVersion(cmd *cobra.Command) error {
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "cert-health %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
