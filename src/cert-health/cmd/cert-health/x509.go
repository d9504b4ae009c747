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

	"cert-health/internal/config"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/validate"
)

func newX509(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "x509",
		Short: "check and change certificates that are kept in Vault",
		Long: `x509 has the verbs of safe x509, on the same secrets: certificate, key,
combined, and for a CA serial and crl. Vault is the one of VAULT_ADDR, with the
token of VAULT_TOKEN or of vault login. A PATH begins with the mount:
secret/cf/bbs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newX509Validate(c), newX509Show(c))
	cmd.AddCommand(x509Writers(c)...)
	return cmd
}

// x509Flags are the flags of the commands that read certificates in Vault.
type x509Flags struct {
	console   console
	config    string
	format    string
	verbose   bool
	recursive bool

	loaded config.Config
}

func (f *x509Flags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.config, "config", "", "configuration `FILE`, for the address of Vault, the log-in and the thresholds")
	_ = cmd.MarkFlagFilename("config", "yml", "yaml")
	formatFlag(cmd, &f.format, "`FORMAT` of the output: table for people, json for programs")
	cmd.Flags().BoolVarP(&f.recursive, "recursive", "r", false, "read all secrets below each PATH, too")
}

// reader prepares the reading of secrets.
func (f *x509Flags) reader() (*validate.Reader, error) {
	vault := vaultFlags{config: f.config}
	loaded, err := vault.load(f.console)
	if err != nil {
		return nil, err
	}
	if loaded.Vault.Client.Address == "" {
		return nil, errors.New("the address of Vault is missing: set VAULT_ADDR, or cert_health.vault.address in the configuration")
	}
	f.loaded = loaded
	c, err := client.New(loaded.Vault.Client)
	return &validate.Reader{Client: c, Max: loaded.Vault.MaxSecrets}, err
}

// options are what certificates are judged by.
func (f *x509Flags) options() validate.Options {
	return validate.Options{Thresholds: f.loaded.Thresholds, Now: time.Now()}
}

// read reads the secrets at the paths.
func (f *x509Flags) read(ctx context.Context, reader *validate.Reader, paths []string) (*validate.Found, error) {
	bases := make([]validate.Base, len(paths))
	for i, path := range paths {
		bases[i] = validate.Base{Path: path, Tree: f.recursive}
		if err := bases[i].Check(); err != nil {
			return nil, err
		}
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := reader.Client.Authenticate(ctx); err != nil {
		return nil, err
	}
	step, done := f.console.progress()
	defer done()
	secrets := 0
	reader.Step = func() {
		if secrets++; step != nil {
			step(count(secrets, "secret"))
		}
	}
	return reader.Read(ctx, bases)
}

// unreadPaths says that not all paths were read.
func unreadPaths(problems []validate.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("%s could not be read, so not everything was checked", count(len(problems), "path"))
}
