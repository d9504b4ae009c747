package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"cert-health/hub/internal/doomsday"
)

func newImportDoomsday(c console) *cobra.Command {
	return &cobra.Command{
		Use:   "import-doomsday FILE",
		Short: "make a configuration of the hub from that of Doomsday",
		Long: `import-doomsday reads the configuration of Doomsday (ddayconfig.yml), and writes
a configuration of the hub to standard output. It has the same secrets. What has
no equal is on standard error, and in comments at the beginning.`,
		Example: "  cert-health-hub import-doomsday ddayconfig.yml > hub.yml",
		Args: func(cmd *cobra.Command, arguments []string) error {
			if len(arguments) != 1 {
				return fmt.Errorf("the name of one file is needed; see %s --help", cmd.CommandPath())
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error { return importDoomsday(c, arguments[0]) },
	}
}

// maxDoomsday is more than a configuration of Doomsday has, in bytes.
const maxDoomsday = 4 << 20

func importDoomsday(c console, file string) error {
	opened, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("read the configuration of Doomsday: %w", err)
	}
	defer opened.Close()
	contents, err := io.ReadAll(io.LimitReader(opened, maxDoomsday))
	if err != nil {
		return fmt.Errorf("read the configuration of Doomsday: %w", err)
	}
	made, notes, err := doomsday.Convert(contents)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(c.err, note)
	}
	_, err = c.out.Write(made)
	return err
}
