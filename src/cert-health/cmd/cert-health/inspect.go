package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report/terminal"
)

func newInspect(c console) *cobra.Command {
	o := &output{console: c, table: terminal.WriteInspection}
	cmd := &cobra.Command{
		Use:   "inspect PATH...",
		Short: "list every certificate in any files or directories",
		Long: `inspect reads the named files, all files of the named directories, or standard
input for "-". It lists every certificate in them with its line, form and dates.
It compares nothing: scan PATH... checks the same files, and reports what is
wrong.`,
		Example: `  cert-health inspect /var/vcap/jobs/rep/config/rep.json
  cert-health inspect /etc/ssl
  safe get secret/cell/rep/tls/cert | cert-health inspect -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New(`inspect needs the name of a file or directory, or "-" for standard input`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return inspect(cmd.Context(), o, names, cmd.InOrStdin())
		},
	}
	o.flags(cmd)
	return cmd
}

func inspect(ctx context.Context, o *output, names []string, stdin io.Reader) error {
	present, missing := present("/", names)
	if len(present) == 0 {
		return missing
	}
	inventory := discover.Inspect(ctx, present, stdin)
	if inventory.Files.Total() == 0 && len(inventory.Problems) == 0 {
		return noFiles(present)
	}
	checker := &check.Checker{Config: config.Default()}
	err := o.write(checker.Inspect(ctx, inventory))
	if err != nil && !errors.Is(err, errFindings) {
		return err
	}
	return cmp.Or(missing, unread(inventory, present), err)
}

// unread returns an error if one of the named files could not be read.
func unread(inventory *discover.Inventory, names []string) error {
	for _, problem := range inventory.Problems {
		if problem.Kind == discover.Access && slices.Contains(names, problem.File) {
			return fmt.Errorf("%s: %s", problem.File, problem.Reason)
		}
	}
	return nil
}
