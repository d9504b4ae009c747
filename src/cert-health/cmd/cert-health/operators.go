//go:build !vm

package main

import "github.com/spf13/cobra"

// operatorCommands adds the commands of an operator's machine. The program on VMs does not have them: it stays
// small, and holds nothing that writes to a store.
func operatorCommands(root *cobra.Command, c console) {
	root.AddCommand(newPublish(c), newX509(c), newRotate(c), newTrust(c), newBreaks(c))
	root.AddGroup(&cobra.Group{ID: hubGroup, Title: "Commands that ask a hub:"})
	root.AddCommand(hubCommands(c)...)
}

// hubGroup is the group of the commands that ask a hub.
const hubGroup = "hub"

// hubCommands are the commands that ask a hub.
func hubCommands(c console) []*cobra.Command {
	return []*cobra.Command{
		newLogin(c), newLogout(c), newTarget(c), newList(c), newShow(c), newFleet(c), newInstances(c), newSources(c), newRefresh(c), newAck(c), newDashboard(c),
	}
}
