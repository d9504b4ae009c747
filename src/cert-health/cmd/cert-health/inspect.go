package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"cert-health/internal/check"
	"cert-health/internal/config"
	"cert-health/internal/discover"
	"cert-health/internal/report/terminal"
)

func newInspect(c console) *cobra.Command {
	o := &output{console: c, table: terminal.WriteInspection}
	cmd := &cobra.Command{
		Use:   "inspect FILE...",
		Short: "list every certificate in any files",
		Long: `inspect reads the named files, or standard input for "-", and lists every
certificate in them with its line, form and dates. It compares nothing.`,
		Example: `  cert-health inspect /var/vcap/jobs/rep/config/rep.json
  safe get secret/cell/rep/tls/cert | cert-health inspect -`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New(`inspect needs the name of a file, or "-" for standard input`)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			if err := o.check(); err != nil {
				return err
			}
			return inspect(o, discover.Inspect(files, cmd.InOrStdin()))
		},
	}
	o.flags(cmd)
	return cmd
}

func inspect(o *output, inventory *discover.Inventory) error {
	checker := &check.Checker{Config: config.Default()}
	err := o.write(checker.Inspect(inventory))
	if err != nil && !errors.Is(err, errFindings) {
		return err
	}
	for _, problem := range inventory.Problems {
		if problem.Kind != discover.Access {
			continue
		}
		if _, missing := os.Stat(problem.File); missing != nil {
			return explainFile(problem.File, missing)
		}
		return fmt.Errorf("%s: %s", problem.File, problem.Reason)
	}
	return err
}
