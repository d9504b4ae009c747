package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/spf13/pflag"

	"cert-health/internal/alerts"
	"cert-health/internal/strict"
)

const help = `cert-health-alerts is started by the json plugin of the Health Monitor,
and reads its events from standard input. It combines the alerts of all VMs into
one incident per deployment and class. It sends notices about incidents to
webhooks, Slack and Alertmanager, and writes metrics for Prometheus.

It writes messages only to its log. If the settings are not valid, it logs why,
reads its input and ignores it.

Usage:
  cert-health-alerts --config FILE [--check]
  cert-health-alerts --version

Example:
  cert-health-alerts --config /dev/fd/3 3< settings.json

Flags:
`

// helpWidth is the width of the help text: that of the narrowest common terminal.
const helpWidth = 80

// arguments are the arguments of the command line.
type arguments struct {
	config               string
	check, help, version bool
}

func (a *arguments) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("cert-health-alerts", pflag.ContinueOnError)
	flags.StringVar(&a.config, "config", "", "settings `FILE` in JSON; its URLs are secrets")
	flags.BoolVar(&a.check, "check", false, "check the settings and exit")
	flags.BoolVarP(&a.help, "help", "h", false, "print this help")
	flags.BoolVar(&a.version, "version", false, "print the version")
	return flags
}

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, c console) int {
	if err := execute(ctx, args, c); err != nil {
		fmt.Fprintln(c.err, "cert-health-alerts:", err)
		return exitFailed
	}
	return exitOK
}

// execute executes the command line.
func execute(ctx context.Context, args []string, c console) error {
	var a arguments
	flags := a.flags()
	if err := flags.Parse(args); err != nil {
		return explainFlag(flags, err)
	}
	switch {
	case a.help:
		_, err := fmt.Fprint(c.out, help, flags.FlagUsagesWrapped(helpWidth))
		return err
	case a.version, flags.NArg() == 1 && flags.Arg(0) == "version":
		_, err := fmt.Fprintf(c.out, "cert-health-alerts %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	case flags.NArg() > 0:
		return fmt.Errorf("unknown argument %q; see cert-health-alerts --help", flags.Arg(0))
	case a.config == "":
		return errors.New("--config FILE is missing; see cert-health-alerts --help")
	}
	settings, problem := alerts.Load(a.config)
	if a.check {
		return problem
	}
	return watch(ctx, c, settings, problem)
}

// explainFlag adds the most similar flag to the error about an unknown flag.
func explainFlag(flags *pflag.FlagSet, err error) error {
	unknown := (*pflag.NotExistError)(nil)
	if !errors.As(err, &unknown) {
		return fmt.Errorf("%w; see cert-health-alerts --help", err)
	}
	var known []string
	flags.VisitAll(func(flag *pflag.Flag) { known = append(known, "--"+flag.Name) })
	mistyped := "--" + unknown.GetSpecifiedName()
	return fmt.Errorf("unknown flag %s%s; see cert-health-alerts --help", mistyped, strict.Hint(mistyped, known))
}
