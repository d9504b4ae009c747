package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// someArguments refuses a command line without an argument.
func someArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return missingArgument(cmd)
	}
	return nil
}

// oneArgument refuses a command line without an argument, and one with several.
func oneArgument(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return missingArgument(cmd)
	}
	return atMostOne(cmd, args)
}

// atMostOne refuses a command line with several arguments.
func atMostOne(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%q is one argument too many: %s takes one; see %s --help", args[1], cmd.CommandPath(), cmd.CommandPath())
	}
	return nil
}

func missingArgument(cmd *cobra.Command) error {
	_, word, _ := strings.Cut(cmd.Use, " ")
	return fmt.Errorf("the %s is missing: write %s %s; see %s --help", strings.TrimSuffix(word, "..."), cmd.CommandPath(), word, cmd.CommandPath())
}
