package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"cert-health/hub/internal/server"
	"cert-health/hub/internal/settings"
)

func newServe(c console) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "run the hub",
		Long: `serve runs the hub until it gets SIGTERM or SIGINT. Then it answers the requests
that are open, for at most the configured drain_time, and ends with exit code 0.
It logs one JSON object a line to standard output.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), c, file) },
	}
	configFlag(cmd, &file)
	return cmd
}

func serve(ctx context.Context, c console, file string) error {
	return configured(file, func(s settings.Settings) error {
		hub, err := server.New(context.WithoutCancel(ctx), s, version, newLog(c, s))
		if err != nil {
			return err
		}
		return errors.Join(hub.Run(ctx), hub.Close())
	})
}
