//go:build !vm

package main

import "github.com/spf13/cobra"

// operatorCommands are the commands of an operator's machine. The program on VMs does not have them: it stays
// small, and holds nothing that writes to a store.
func operatorCommands(c console) []*cobra.Command {
	return []*cobra.Command{newPublish(c), newX509(c), newRotate(c)}
}
