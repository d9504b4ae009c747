//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"cert-health/internal/issue"
	"cert-health/internal/plan"
	"cert-health/internal/report/terminal"
	"cert-health/internal/rotation"
	"cert-health/internal/rotator"
)

// stepFlags are the flags of the commands that take a step.
type stepFlags struct {
	rotateFlags
	dryRun, yes           bool
	subject, ttl, keyType string
}

func newRotateNext(c console) *cobra.Command {
	f := &stepFlags{}
	f.console = c
	cmd := &cobra.Command{
		Use:   "next CA",
		Short: "take the next step of a rotation, or begin one",
		Long: `next shows the plan of the next step and asks whether to take it. If no rotation
is under way, the first step makes a new CA and hands out both. A step that
takes trust from a VM is not offered; deploys between the steps are yours.

Steps: both CAs are handed out; the new CA signs; certificates that the old CA
signed are renewed, with their keys in Vault and with new keys in CredHub; the
new CA is handed out alone.

Exit codes: 0 the step is taken, or shown with --dry-run, 1 it waits for VMs or
was not taken in full, 2 nothing was done.`,
		Example: `  cert-health rotate next secret/cf/ca --dry-run
  cert-health rotate next secret/cf/ca
  cert-health rotate next /bosh/cf/internal_ca --yes --accept diego-cell/2a6f`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0]) },
	}
	f.flags(cmd)
	cmd.Flags().StringVarP(&f.subject, "subject", "s", "", "`SUBJECT` of a new CA, as in CN=cf_ca_2026 (default: that of the old one); only in Vault")
	cmd.Flags().StringVarP(&f.ttl, "ttl", "t", "", "`LIFETIME` of a new CA, as in 5y or 90d (default: as long as the old one)")
	cmd.Flags().StringVar(&f.keyType, "key-type", "", "`TYPE` of the key of a new CA, as in rsa:4096 or ec (default: as the old one)")
	return cmd
}

func newRotateAbort(c console) *cobra.Command {
	f := &stepFlags{}
	f.console, f.back = c, true
	cmd := &cobra.Command{
		Use:   "abort CA",
		Short: "go a step back in a rotation, until only the old CA is left",
		Long: `abort shows the plan of the next step back, and asks whether to take it: the old
CA signs again, what the new one signed is renewed, and the new CA is handed
out no longer. Each step waits for the VMs, as on the way forward. Repeat it,
with a deploy after each step that names one.

Exit codes: 0 the step is taken, or shown with --dry-run, 1 it waits for VMs or
was not taken in full, 2 nothing was done.`,
		Example: `  cert-health rotate abort secret/cf/ca --dry-run
  cert-health rotate abort /bosh/cf/internal_ca --yes`,
		Args: oneArgument,
		RunE: func(cmd *cobra.Command, args []string) error { return f.run(cmd.Context(), args[0]) },
	}
	f.flags(cmd)
	return cmd
}

func (f *stepFlags) flags(cmd *cobra.Command) {
	f.rotateFlags.flags(cmd)
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, and change nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "go on without asking")
}

func (f *stepFlags) run(ctx context.Context, ca string) error {
	if err := f.check(ca); err != nil {
		return err
	}
	successor, err := f.successor()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	t, err := f.read(ctx, ca)
	if err != nil {
		return err
	}
	defer t.close()
	switch {
	case t.store == nil:
		return errNoStore
	case f.back && (t.State.Current == "" || !t.State.Back && t.State.Offered):
		return errors.New("there is nothing to go back to: no rotation is under way, or the store no longer has the private key of the old CA")
	case !t.State.Offered && !t.State.Begin:
		return f.wait(&t.State)
	case !t.State.Begin && successor != (rotator.Successor{}):
		return errors.New("a rotation is under way, and --subject, --ttl and --key-type are for the CA with which one begins: leave them out")
	}
	t.New = successor
	job, err := t.store.Prepare(ctx, t.Step)
	if err != nil {
		return err
	}
	return f.take(ctx, job)
}

// successor reads the flags about the CA with which a rotation begins.
func (f *stepFlags) successor() (s rotator.Successor, err error) {
	s.Subject = f.subject
	if f.ttl != "" {
		if s.Lifetime, err = issue.ParseLifetime(f.ttl); err != nil {
			return s, fmt.Errorf("--ttl: %w", err)
		}
	}
	if f.keyType != "" {
		if s.KeyType, err = issue.ParseKeyType(f.keyType); err != nil {
			return s, fmt.Errorf("--key-type: %w", err)
		}
	}
	return s, nil
}

// wait shows why no step can be taken now.
func (f *stepFlags) wait(s *rotation.State) error {
	var err error
	if f.format == "json" {
		err = f.json(s)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return rotationPage(w, style, s, f.again()) })
	}
	if err == nil {
		err = fmt.Errorf("%w: the next step is not safe yet", errFindings)
	}
	return err
}

// take shows the plan, asks, and takes the step.
func (f *stepFlags) take(ctx context.Context, job *rotator.Job) error {
	for i, step := range job.Plan.Steps {
		if len(step.Run) > 1 && step.Run[1] == "rotate" {
			job.Plan.Steps[i].Run = append(step.Run, f.again()...)
		}
	}
	_, attended := terminalOf(f.console.out)
	if file, ok := f.console.in.(*os.File); attended && ok {
		_, attended = terminalOf(file)
	}
	proceed, err := plan.Confirm(ctx, job.Plan, plan.Options{DryRun: f.dryRun, Yes: f.yes, JSON: f.format == "json",
		In: f.console.in, Out: f.console.out, Terminal: attended, Style: f.console.style(false)})
	if err != nil || !proceed {
		return err
	}
	outcome := plan.Outcome{Plan: job.Plan, Results: job.Run(ctx)}
	if f.format == "json" {
		err = f.json(outcome)
	} else {
		err = f.write(func(w io.Writer, style terminal.Style) error { return takenPage(w, style, outcome.Results) })
	}
	if err == nil && outcome.Failed() {
		err = fmt.Errorf("%w: the step is not taken in full: mend the cause, and take it again", errFindings)
	}
	return err
}

func takenPage(w io.Writer, style terminal.Style, results []plan.Result) error {
	p := &page{w: w, style: style}
	p.line("")
	for _, r := range results {
		line := fmt.Sprintf("%s: %s %s", r.State, r.Verb, r.Target)
		if r.Detail != "" {
			line += ": " + r.Detail
		}
		p.line("%s", line)
	}
	if slices.ContainsFunc(results, func(r plan.Result) bool { return r.State != plan.Done }) {
		p.line("what is done stays as planned; the same command goes on from there")
	}
	return p.err
}
