package main

import (
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
	exitOK       = 0
	exitProblems = 1 // the command worked, and what it looked at has problems
	exitFailed   = 2 // the command did not work
)

// errProblems says that a command has printed the problems that it found.
var errProblems = errors.New("problems")

// console is what a command reads from and writes to.
type console struct {
	in       io.Reader
	out, err io.Writer
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
		return exitOK
	case errors.Is(err, errProblems):
		return exitProblems
	}
	fmt.Fprintln(c.err, "cert-health-hub:", err)
	return exitFailed
}

func newRoot(c console) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "cert-health-hub",
		Short: "the certificates of all stores in one place",
		Long: `cert-health-hub collects the certificates of Vault, CredHub, Ops Manager, the
Director and TLS servers, shows them on pages and by an API, and tells people
what expires and what to do.

Exit codes: 0 success, 1 the configuration has problems, 2 the command failed.`,
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
	root.AddCommand(newServe(c), newCheck(c), newMigrate(c), newUser(c), newNotify(c), newImportDoomsday(c), newVersion())
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
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "cert-health-hub %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
