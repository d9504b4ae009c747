package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"cert-health/hub/internal/db"
	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
)

// errorLog returns a log for commands whose output is for people.
func errorLog(c console) *slog.Logger {
	return slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// withDatabase calls a function with the database of a configuration, whose tables are up to date.
func withDatabase(ctx context.Context, c console, s settings.Settings, use func(*db.DB) error) (err error) {
	opened, err := db.Open(ctx, s.Database.Location(), errorLog(c))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if err := opened.Migrate(ctx); err != nil {
		return err
	}
	return use(opened)
}

func newMigrate(c console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "bring the tables of the database up to date",
		Long: `migrate makes the tables of the database, or brings them up to date. serve does
the same when it starts; several hubs may do it at once.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return configured(file, func(s settings.Settings) error {
				return withDatabase(cmd.Context(), c, s, func(*db.DB) error {
					_, err := fmt.Fprintln(c.out, "the database is up to date")
					return err
				})
			})
		},
	}
	configFlag(cmd, &file)
	return cmd
}

func newNotify(c console) *cobra.Command {
	var file, rule string
	var dry bool
	cmd := &cobra.Command{
		Use:   "notify --rule NAME --dry-run",
		Short: "print what a rule of notifications would send",
		Long: `notify prints what a rule would send if it looked now, by what the database
knows. It asks no store, sends nothing and changes nothing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case !dry:
				return errors.New("only --dry-run is possible: the hub itself sends messages; see cert-health-hub notify --help")
			case rule == "":
				return errors.New("--rule NAME is missing; see cert-health-hub notify --help")
			}
			return configured(file, func(s settings.Settings) error { return dryRun(cmd.Context(), c, s, rule) })
		},
	}
	configFlag(cmd, &file)
	cmd.Flags().StringVar(&rule, "rule", "", "`NAME` of the rule")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "send nothing")
	return cmd
}

func dryRun(ctx context.Context, c console, s settings.Settings, rule string) (err error) {
	hub, err := server.New(ctx, s, version, errorLog(c))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hub.Close()) }()
	text, err := hub.DryRun(ctx, rule)
	if err != nil {
		return err
	}
	_, err = io.WriteString(c.out, text)
	return err
}
