//go:build vm

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// operatorCommands say where the commands of an operator's machine are: the program on VMs does not have them.
func operatorCommands(console) (commands []*cobra.Command) {
	for _, name := range []string{"publish", "x509", "rotate"} {
		commands = append(commands, &cobra.Command{
			Use:                name,
			Hidden:             true,
			DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return fmt.Errorf("the program on VMs has no command %s: run it on your own machine, where `make build` makes bin/cert-health with all commands", name)
			},
		})
	}
	return commands
}
