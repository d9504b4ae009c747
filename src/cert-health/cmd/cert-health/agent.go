package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"code.cloudfoundry.org/clock"
	"github.com/cloudfoundry/bosh-utils/logger"
	"github.com/spf13/cobra"

	"cert-health/internal/agent"
	"cert-health/internal/config"
	"cert-health/internal/vault/client"
)

// defaultConfig is where the BOSH job renders the configuration.
const defaultConfig = "/var/vcap/jobs/cert-health/config/cert-health.yml"

func newAgent(c console) *cobra.Command {
	var file, root string
	var check bool
	cmd := &cobra.Command{
		Use:   "agent --config FILE",
		Short: "watch this VM",
		Long: `agent scans the VM's job files at regular intervals, compares them with Vault,
makes TLS handshakes with the VM's own ports, and writes report.json and the
status files that monit watches. It sends alerts to bosh-agent. SIGHUP reloads
the configuration, SIGTERM ends the agent.

With an invalid configuration the agent waits for a valid one, without a
heartbeat. --check prints the errors of a configuration and exits.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if check {
				return checkConfig(file)
			}
			return runAgent(cmd, c, file, root)
		},
	}
	cmd.Flags().StringVar(&file, "config", defaultConfig, "configuration `FILE`")
	cmd.Flags().StringVar(&root, "root", "/", "`DIR` to use as /")
	cmd.Flags().BoolVar(&check, "check", false, "check the configuration and exit")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	_ = cmd.MarkFlagDirname("root")
	return cmd
}

// checkConfig returns every error of a configuration, also of the certificates that it names.
func checkConfig(file string) error {
	c, err := config.Load(file)
	if err != nil {
		return err
	}
	return c.CheckFiles()
}

func runAgent(cmd *cobra.Command, c console, file, root string) error {
	if _, err := client.DropEnvironment(); err != nil {
		return err
	}
	root, err := absoluteRoot(root)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := logger.NewWriterLogger(logger.LevelInfo, c.out)
	log.UseRFC3339Timestamps()
	a := agent.Agent{ConfigFile: file, Version: version, Root: root, Clock: clock.NewClock(), Log: log, Reload: reloads(ctx)}
	if err := a.Run(ctx); err != nil {
		return fmt.Errorf("watch this VM: %w", err)
	}
	return nil
}

// reloads returns a channel that receives a value after a SIGHUP, until ctx ends.
func reloads(ctx context.Context) <-chan struct{} {
	reload := make(chan struct{}, 1)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer signal.Stop(hangups)
		for {
			select {
			case <-ctx.Done():
				return
			case <-hangups:
				select {
				case reload <- struct{}{}:
				default: // a reload is pending already
				}
			}
		}
	}()
	return reload
}
