//go:build vm

package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// operatorCommands say where the commands of an operator's machine are: the program on VMs does not have them.
func operatorCommands(root *cobra.Command, _ console) {
	for _, name := range elsewhere() {
		root.AddCommand(&cobra.Command{
			Use:                name,
			Hidden:             true,
			DisableFlagParsing: true,
			RunE: func(*cobra.Command, []string) error {
				return fmt.Errorf("the program on VMs has no command %s: run it on your own machine, where `make build` makes bin/cert-health with all commands", name)
			},
		})
	}
}

// elsewhere are the commands that the program on VMs does not have.
func elsewhere() []string {
	return []string{
		"publish", "x509", "rotate", "breaks", "trust",
		"login", "logout", "target", "list", "show", "fleet", "instances", "sources", "refresh", "ack", "dashboard",
	}
}
