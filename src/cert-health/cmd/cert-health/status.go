package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/agent"
	"cert-health/internal/config"
	"cert-health/internal/report/terminal"
	"cert-health/internal/verdict"
)

// errNotAlive says that the report is the last word of an agent that is no more.
var errNotAlive = errors.New("the agent is not alive: `monit summary` and /var/vcap/sys/log/cert-health tell more")

func newStatus(c console) *cobra.Command {
	o := &output{console: c, table: terminal.WriteTable}
	var file string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show the agent's last report on this VM, and whether the agent is alive",
		Args:  cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			dir, err := dataDir(file)
			if err != nil {
				return err
			}
			return showStatus(o, dir)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&file, "config", defaultConfig, "configuration `FILE` of the agent")
	cmd.Flags().BoolVar(&o.verbose, "verbose", false, "list healthy certificates too")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	return cmd
}

// dataDir is where the agent with that configuration keeps its report. The job's
// own file may be unreadable to whoever asks; then the usual folder is meant.
func dataDir(file string) (string, error) {
	loaded, err := config.Load(file)
	if err == nil {
		return loaded.Agent.DataDir, nil
	}
	if file == defaultConfig && (errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist)) {
		return config.Default().Agent.DataDir, nil
	}
	return "", err
}

func showStatus(o *output, dir string) error {
	now := time.Now()
	status, err := agent.ReadStatus(dir, now)
	if err != nil {
		return err
	}
	err = o.write(status.Report)
	if err != nil && !errors.Is(err, errFindings) {
		return err
	}
	if o.format == "table" {
		fmt.Fprintln(o.console.out, describe(status, now))
	}
	if !status.Alive {
		return errNotAlive
	}
	return err
}

// describe says how fresh the report is, and how its agent is.
func describe(s *agent.Status, now time.Time) string {
	scanned := "never completed a scan"
	if !s.Scanned.IsZero() {
		scanned = "last scanned " + verdict.Relative(s.Scanned, now)
	}
	switch {
	case s.Alive:
		return "The agent is alive and " + scanned + "."
	case s.Running:
		return "The agent runs but hangs: it " + scanned + "."
	}
	return "The agent does not run; it " + scanned + "."
}
