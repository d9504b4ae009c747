package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/atomicfile"
	"cert-health/internal/hubclient"
	"cert-health/internal/report/terminal"
	"cert-health/internal/secret"
	"cert-health/internal/strict"
	"cert-health/internal/verdict"
)

// The environment of scripts, which have no file with hubs.
const (
	hubVariable   = "CERT_HEALTH_HUB"
	tokenVariable = "CERT_HEALTH_HUB_TOKEN"
	caVariable    = "CERT_HEALTH_HUB_CA_CERT"
)

// maxCA limits the file with CAs.
const maxCA = 1 << 20

// hubFlags are the flags of a command that asks a hub.
type hubFlags struct {
	console console
	target  string
	format  string
	failOn  string // before output is called, its default
	formats []string
	verbose bool

	threshold verdict.Severity
}

func (f *hubFlags) targetFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.target, "target", "", "`NAME` or URL of the hub, if it is not the current one")
}

// output adds the flags of a command that lists something.
func (f *hubFlags) output(cmd *cobra.Command, formats ...string) {
	f.targetFlag(cmd)
	f.formats = formats
	cmd.Flags().StringVar(&f.format, "format", "table", "`FORMAT` of the output: "+strings.Join(formats, ", "))
	cmd.Flags().StringVar(&f.failOn, "fail-on", cmp.Or(f.failOn, "error"), "lowest `SEVERITY` for which the exit code is 1: "+strings.Join(verdict.Severities(), ", "))
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "cut nothing to the width of the terminal")
	complete(cmd, "format", formats...)
	complete(cmd, "fail-on", verdict.Severities()...)
}

// check reports a wrong value before anything is sent.
func (f *hubFlags) check() error {
	problems := strict.Problems{}
	problems.OneOf("--format", f.format, f.formats)
	if len(problems) > 0 {
		return problems
	}
	threshold, err := verdict.ParseSeverity(f.failOn)
	if err != nil {
		return fmt.Errorf("--fail-on: %w%s", err, strict.Hint(f.failOn, verdict.Severities()))
	}
	f.threshold = threshold
	return nil
}

// exceeds returns errFindings for a severity at or above --fail-on.
func (f *hubFlags) exceeds(worst verdict.Severity) error {
	if worst >= f.threshold {
		return errFindings
	}
	return nil
}

// targets are the hubs of the operator.
func (c console) targets() (*hubclient.Targets, error) {
	file, err := hubclient.File(c.env)
	if err != nil {
		return nil, err
	}
	return hubclient.Load(file)
}

// errNoHub says that there is no hub to ask.
var errNoHub = errors.New("no hub is chosen: run cert-health login https://HUB")

// chosen is the hub to ask: that of --target, of the environment, or the current one.
func (f *hubFlags) chosen() (hubclient.Target, error) {
	address, token := f.console.env(hubVariable), secret.New(f.console.env(tokenVariable))
	switch {
	case address != "" && f.target == "":
		ca, err := readCA(caVariable, f.console.env(caVariable))
		return hubclient.Target{URL: address, Token: token, CACert: ca}, err
	case address != "":
		token = secret.Value{} // it is for the hub of the environment, and no other may see it
	}
	targets, err := f.console.targets()
	if err != nil {
		return hubclient.Target{}, err
	}
	own := targets.Find(f.target)
	switch {
	case own == nil && f.target != "":
		return hubclient.Target{}, fmt.Errorf("there is no hub %q: cert-health target lists them, and cert-health login URL adds one", f.target)
	case own == nil:
		return hubclient.Target{}, errNoHub
	case !own.Expires.IsZero() && !time.Now().Before(own.Expires) && token.IsZero():
		return hubclient.Target{}, fmt.Errorf("the login at %s has ended: run cert-health login %s", own.URL, own.URL)
	}
	if !token.IsZero() {
		own.Token = token
	}
	return *own, nil
}

// client calls the chosen hub.
func (f *hubFlags) client() (*hubclient.Client, error) {
	own, err := f.chosen()
	if err != nil {
		return nil, err
	}
	return clientOf(own)
}

func clientOf(t hubclient.Target) (*hubclient.Client, error) {
	return hubclient.New(hubclient.Options{URL: t.URL, CACert: t.CACert, Token: t.Token, Agent: "cert-health/" + version})
}

// write writes for people, with what comes from others made printable.
func (f *hubFlags) write(table func(io.Writer, terminal.Style) error) error {
	style := f.console.style(f.verbose)
	out := &guard{out: f.console.out, colour: style.Colour}
	err := table(out, style)
	if flushed := out.flush(); err == nil {
		err = flushed
	}
	return err
}

// json writes a value as a document.
func (f *hubFlags) json(value any) error {
	out := &guard{out: f.console.out}
	if err := encodeIndented(out, value); err != nil {
		return err
	}
	return out.flush()
}

// readCA reads the file that a flag or a variable names; nothing if there is no name.
func readCA(from, file string) (string, error) {
	if file == "" {
		return "", nil
	}
	contents, err := atomicfile.ReadRegular(file, maxCA)
	if err != nil {
		return "", fmt.Errorf("%s: %w", from, err)
	}
	return string(contents), nil
}
