package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cert-health/internal/strict"
)

// helpWidth is the width of all help texts: that of the narrowest common terminal.
const helpWidth = 80

// printUsage prints the usage of a command as cobra does by default, but with flags that are
// wrapped to helpWidth.
func printUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStderr()
	fmt.Fprintf(w, "Usage:\n  %s\n", cmd.UseLine())
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "  %s [command]\n", cmd.CommandPath())
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\nExamples:\n%s\n", cmd.Example)
	}
	printCommands(w, cmd)
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		fmt.Fprintf(w, "\nFlags:\n%s\n", strings.TrimRight(flags.FlagUsagesWrapped(helpWidth), "\n"))
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\nUse \"%s [command] --help\" for more information about a command.\n", cmd.CommandPath())
	}
	return nil
}

func printCommands(w io.Writer, cmd *cobra.Command) {
	if !cmd.HasAvailableSubCommands() {
		return
	}
	printGroup(w, cmd, "Commands:", "")
	for _, group := range cmd.Groups() {
		printGroup(w, cmd, group.Title, group.ID)
	}
}

func printGroup(w io.Writer, cmd *cobra.Command, title, group string) {
	fmt.Fprintf(w, "\n%s\n", title)
	for _, sub := range cmd.Commands() {
		if sub.GroupID == group && (sub.IsAvailableCommand() || sub.Name() == "help") {
			fmt.Fprintf(w, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
		}
	}
}

// explainFlag adds the most similar flag to the error about an unknown flag.
func explainFlag(cmd *cobra.Command, err error) error {
	if unknown := (*pflag.NotExistError)(nil); errors.As(err, &unknown) {
		var known []string
		cmd.Flags().VisitAll(func(flag *pflag.Flag) { known = append(known, flag.Name) })
		return fmt.Errorf("there is no flag --%s%s; see %s --help",
			unknown.GetSpecifiedName(), flagHint(unknown.GetSpecifiedName(), known), cmd.CommandPath())
	}
	return fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())
}

func flagHint(mistyped string, known []string) string {
	if word := strict.Nearest(mistyped, known); word != "" {
		return "; did you mean --" + word + "?"
	}
	return ""
}
