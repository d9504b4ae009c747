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

// errNotAlive says that the report is of an agent that does not run or hangs.
var errNotAlive = errors.New("the agent is not running, or hangs: see `monit summary` and /var/vcap/sys/log/cert-health")

// errFull says that the agent runs, and cannot write what it finds.
var errFull = errors.New("the agent runs, but cannot write its report, because the disk is full")

// fullSentence says that the disk of the data directory is full.
func fullSentence(dir string) string {
	return "The disk of " + dir + " is full: the agent cannot write its report there, so this one may be old. Free some space (df -h " + dir + ")."
}

// errNoScan says that there is no report yet.
var errNoScan = errors.New("the first scan is not complete")

func newStatus(c console) *cobra.Command {
	o := &output{console: c, table: terminal.WriteTable}
	var file string
	cmd := &cobra.Command{
		Use:   "status",
		Short: "show the last report of this VM's agent, and its state",
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
	cmd.Flags().BoolVar(&o.verbose, "verbose", false, "list healthy certificates too, with whole paths and names")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	return cmd
}

// dataDir is the data directory of the agent with that configuration. The operator may not
// be allowed to read the job's own configuration; then it is the default directory.
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
	if status.Report == nil {
		return fmt.Errorf("%w: the agent started %s; wait a minute", errNoScan, verdict.Relative(status.Started, now))
	}
	err = o.write(status.Report)
	if err != nil && !errors.Is(err, errFindings) {
		return err
	}
	if o.format == "table" {
		fmt.Fprintln(o.console.out, describe(status, now))
		if status.Full {
			fmt.Fprintln(o.console.out, fullSentence(dir))
		}
	}
	if status.Full && !status.Alive && status.Running {
		return errFull
	}
	if !status.Alive && !status.Starting {
		return errNotAlive
	}
	return err
}

// describe says how old the report is, and whether its agent is alive.
func describe(s *agent.Status, now time.Time) string {
	scanned := "never completed a scan"
	if !s.Scanned.IsZero() {
		scanned = "last scanned " + verdict.Relative(s.Scanned, now)
	}
	switch {
	case s.Slow:
		return "The agent is alive, but its scan takes long: it " + scanned + "."
	case s.Alive:
		return "The agent is alive and " + scanned + "."
	case s.Starting:
		return "The agent started " + verdict.Relative(s.Started, now) + ", and its first scan is not complete. This report is from before."
	case s.Running && s.Scanned.After(now):
		return "The agent is running. Its last scan has a time in the future (" + verdict.Stamp(s.Scanned) + "), so the clock was set back: look again after the next scan."
	case s.Running && s.Full:
		return "The agent is running: it " + scanned + ", and could not write anything since."
	case s.Running:
		return "The agent is running but hangs: it " + scanned + "."
	}
	return "The agent is not running: it " + scanned + "."
}
