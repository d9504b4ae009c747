package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
	"cert-health/internal/strict"
)

// defaultConfig is where the BOSH job has its configuration.
const defaultConfig = "/var/vcap/jobs/cert-health-hub/config/hub.yml"

// configFlag adds the flag --config.
func configFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "config", defaultConfig, "configuration `FILE`")
}

// newLog returns the log of a command: one JSON object a line.
func newLog(c console, s settings.Settings) *slog.Logger {
	return slog.New(slog.NewJSONHandler(c.out, &slog.HandlerOptions{Level: s.Log.Least()}))
}

func newCheck(c console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "check",
		Short: "check a configuration and print its problems",
		Long: `check reads a configuration and prints its problems, each with its key. It
begins with keys that do not exist and values of a wrong form, and their lines.
When there are none of these, it prints all others.

It prints no value, because a value may be a secret. It reads the files that the
configuration names, and connects to nothing.

The exit code is 1 if there are problems, and 2 if the file cannot be read.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return check(c, file) },
	}
	configFlag(cmd, &file)
	return cmd
}

func check(c console, file string) error {
	err := configured(file, func(s settings.Settings) error {
		err := server.Check(s, slog.New(slog.DiscardHandler))
		if err != nil {
			return strict.Problems{err.Error()}
		}
		return nil
	})
	var problems strict.Problems
	if !errors.As(err, &problems) {
		if err == nil {
			fmt.Fprintln(c.out, "the configuration is valid")
		}
		return err
	}
	for _, problem := range problems {
		fmt.Fprintln(c.err, problem)
	}
	return errProblems
}

// configured calls a function with the settings of a file. The files that the settings name exist
// until it returns.
func configured(file string, use func(settings.Settings) error) (err error) {
	files, err := settings.NewFiles()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Remove()) }()
	s, err := settings.Load(file, files)
	if err != nil {
		return err
	}
	return use(s)
}
