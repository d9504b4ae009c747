//go:build !vm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/plan"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
	"cert-health/internal/vault/order"
)

// orderFlags are the flags of the commands that change certificates.
type orderFlags struct {
	console  console
	config   string
	format   string
	roots    []string
	signedBy string
	dryRun   bool
	yes      bool
	reports  []string
	target   string
}

func (f *orderFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.config, "config", "", "configuration `FILE`, for the address of Vault and the log-in")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	formatFlag(cmd, &f.format, "`FORMAT` of the plan and the result: table for people, json for programs")
	f.confirmation(cmd)
	flags.StringArrayVar(&f.roots, "vault-path", nil, "look for the CA below this `PATH`; repeatable (default: the engines of the paths)")
	flags.StringArrayVar(&f.reports, "report", nil, "name in the plan who uses a certificate, by these reports of VMs instead of a hub (`FILE|DIR`; repeatable)")
	flags.StringVar(&f.target, "target", "", "`NAME` or URL of the hub that knows who uses a certificate, if it is not the current one")
}

func (f *orderFlags) confirmation(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, and change nothing")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "go on without asking")
}

// clerk logs in to Vault.
func (f *orderFlags) clerk(ctx context.Context, step func(string)) (*order.Clerk, error) {
	vault := vaultFlags{config: f.config}
	loaded, err := vault.load(f.console)
	if err != nil {
		return nil, err
	}
	if loaded.Vault.Client.Address == "" {
		return nil, errors.New("the address of Vault is missing: set VAULT_ADDR, or cert_health.vault.address in the configuration")
	}
	c, err := client.New(loaded.Vault.Client)
	if err != nil {
		return nil, err
	}
	if err := c.Authenticate(ctx); err != nil {
		return nil, err
	}
	secrets := 0
	return &order.Clerk{Store: keep.Store{Client: c}, Roots: f.roots, Most: loaded.Vault.MaxSecrets, Now: time.Now, Random: rand.Reader, Users: f.users(ctx),
		Step: func() {
			if secrets++; step != nil {
				step(count(secrets, "secret"))
			}
		}}, nil
}

// carryOut shows the plan of an order, asks, and carries it out.
func (f *orderFlags) carryOut(ctx context.Context, o order.Order) error {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	step, done := f.console.progress()
	clerk, err := f.clerk(ctx, step)
	if err != nil {
		done()
		return err
	}
	o.PlanOnly = f.dryRun
	job, err := clerk.Prepare(ctx, o)
	if err != nil {
		done()
		return err
	}
	defer job.Wipe()
	p, err := job.Plan(ctx)
	done()
	if err != nil {
		return err
	}
	return f.confirm(ctx, p, len(job.Refusals()), job.Run)
}

// confirm shows a plan, asks, and carries it out. refused is how many things are left out of it.
func (f *orderFlags) confirm(ctx context.Context, p plan.Plan, refused int, run func(context.Context) []plan.Result) error {
	proceed, err := plan.Confirm(ctx, p, plan.Options{
		DryRun: f.dryRun, Yes: f.yes, JSON: f.format == "json",
		In: f.console.in, Out: f.console.out, Terminal: f.console.attended(), Style: f.console.style(false),
	})
	outcome := plan.Outcome{Plan: p}
	if proceed {
		outcome.Results = run(ctx)
		err = f.result(outcome)
	}
	switch {
	case err != nil:
		return err
	case outcome.Failed() && outcome.Results[0].State == plan.Failed:
		return errors.New("it failed, and nothing is done: see above")
	case outcome.Failed():
		return fmt.Errorf("%w: not everything is done", errFindings)
	case refused > 0:
		return fmt.Errorf("%w: some are left out", errFindings)
	}
	return nil
}

// result writes what became of a plan.
func (f *orderFlags) result(o plan.Outcome) error {
	out := &guard{out: f.console.out}
	var err error
	if f.format == "json" {
		err = o.WriteJSON(out)
	} else {
		err = writeResults(out, o.Results)
	}
	if flushed := out.flush(); err == nil {
		err = flushed
	}
	return err
}

func writeResults(w io.Writer, results []plan.Result) error {
	lines := []string{""}
	for _, r := range results {
		line := fmt.Sprintf("%s: %s %s", r.State, r.Verb, r.Target)
		if r.Detail != "" {
			line += ": " + r.Detail
		}
		lines = append(lines, line)
	}
	if slices.ContainsFunc(results, func(r plan.Result) bool { return r.State != plan.Done }) {
		lines = append(lines, "each certificate is as it was or as planned: mend the cause, and run the command again")
	}
	_, err := io.WriteString(w, strings.Join(lines, "\n")+"\n")
	return err
}

// x509Writers are the commands of x509 that write.
func x509Writers(c console) []*cobra.Command {
	return []*cobra.Command{newX509Issue(c), newX509Renew(c), newX509Reissue(c), newX509Revoke(c), newX509CRL(c)}
}
