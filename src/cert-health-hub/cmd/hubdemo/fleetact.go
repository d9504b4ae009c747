package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// scan makes the reports that the agents send, by the program of the agents.
func (a *act) scan(ctx context.Context) error {
	for _, tree := range trees() {
		args := []string{"scan", "--root", tree, "--vault-mode", "metadata", "--format", "json"}
		if tree == treeCell {
			args = append(args, "--served")
		}
		command := exec.CommandContext(ctx, a.client, args...)
		command.Dir, command.Stderr = a.dir, os.Stderr
		contents, err := command.Output()
		if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
			return fmt.Errorf("scan %s: %w", tree, err)
		}
		if err := os.WriteFile(reportFile(a.dir, tree), contents, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// tellFleet shows what the hub says of all VMs.
func (a *act) tellFleet(ctx context.Context) error {
	say(fmt.Sprintf("\n5. Agents report to the hub what their VMs have: the three of before, and %d more Diego\n"+
		"cells, which are simulated. The deploy goes through the cells, one after the other. One\n"+
		"cell has no agent. How far has the deploy come by now?", moreCells))
	if err := a.await(ctx, "not all agents have reported", a.reported); err != nil {
		return err
	}
	if err := a.run(ctx, "fleet"); err != nil {
		return err
	}
	say("\nThe first page shows the same, and its links lead to each certificate VM by VM.")
	return nil
}
