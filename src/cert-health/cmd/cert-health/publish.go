//go:build !vm

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/vault/client"
	"cert-health/internal/vault/publish"
)

// errUnpublished says that something could not be published.
var errUnpublished = fmt.Errorf("%w: not everything could be published", errFindings)

// publishFlags are the flags of `cert-health publish`.
type publishFlags struct {
	vaultFlags
	console  console
	format   string
	dryRun   bool
	prune    bool
	verbose  bool
	watch    bool
	interval time.Duration
}

func newPublish(c console) *cobra.Command {
	f := &publishFlags{console: c}
	cmd := &cobra.Command{
		Use:   "publish",
		Short: "publish fingerprints of Vault's certificates for the agents",
		Long: `publish reads every secret below the paths and writes the fingerprints and dates
of its certificates where agents may read them: to the custom metadata in a KV
engine of version 2, or to documents beside the secrets in version 1. Run it in
one place, whenever secrets change, with a token that may read secrets. See
docs/publishing.md.

It writes only what has changed, and keeps the metadata of other programs.

Exit codes: 0 everything is published, 1 something is not, 2 nothing could be
published.`,
		Example: `  cert-health publish --vault-path secret/cf
  cert-health publish --vault-path secret --dry-run --verbose
  cert-health publish --config publish.yml --watch --interval 5m`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd.Context()) },
	}
	f.vaultFlags.flags(cmd)
	formatFlag(cmd, &f.format, "`FORMAT` of the result: table for people, json for programs")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "print what would be written, and write nothing")
	cmd.Flags().BoolVar(&f.prune, "prune", false, "remove the publications of secrets that do not exist any more (only needed in KV version 1)")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "name every changed publication, and every secret that cannot be published")
	cmd.Flags().BoolVar(&f.watch, "watch", false, "publish repeatedly until interrupted")
	cmd.Flags().DurationVar(&f.interval, "interval", 5*time.Minute, "time between two runs of --watch")
	return cmd
}

func (f *publishFlags) check() error {
	switch {
	case f.interval < time.Second:
		return errors.New("--interval must be at least 1s")
	case f.watch && f.dryRun:
		return errors.New("--dry-run runs once and cannot be used with --watch: remove one of them")
	}
	return checkFormat(f.format)
}

func (f *publishFlags) run(ctx context.Context) error {
	if err := f.check(); err != nil {
		return err
	}
	step, done := f.console.progress()
	publisher, err := f.publisher(step)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if f.watch {
		return (&watch{publishFlags: f, publisher: publisher, verified: time.Now()}).run(ctx)
	}
	result, err := publisher.Run(ctx)
	done()
	switch {
	case ctx.Err() != nil && result != nil:
		return fmt.Errorf("interrupted after %s: their publications are written; run it again for the rest and for the index", count(result.Secrets, "secret"))
	case err != nil:
		return err
	}
	return f.write(result, "")
}

// publisher returns a publisher that reports its progress to step, unless it watches.
func (f *publishFlags) publisher(step func(string)) (*publish.Publisher, error) {
	c, err := f.vaultFlags.load(f.console)
	if err != nil {
		return nil, err
	}
	if c.Vault.Client.Address == "" {
		return nil, errors.New("the address of Vault is missing: set VAULT_ADDR, or cert_health.vault.address in the configuration")
	}
	paths, err := c.Vault.PathsFor(c.Instance)
	if err != nil {
		return nil, err
	}
	client, err := client.New(c.Vault.Client)
	if err != nil {
		return nil, err
	}
	return publish.New(client, publish.Options{
		Paths: paths, MaxSecrets: c.Vault.MaxSecrets, DryRun: f.dryRun, Prune: f.prune, Now: time.Now,
		Progress: func(secrets int) {
			if step != nil && !f.watch {
				step(count(secrets, "secret"))
			}
		},
	}), nil
}
