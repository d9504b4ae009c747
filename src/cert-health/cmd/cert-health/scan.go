package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/check"
	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/strict"
	"cert-health/internal/vault/source"
)

// errNothingReadable says that a scan could not read any file.
var errNothingReadable = errors.New("no file could be read: run the command as root, or as a member of the group vcap")

// scanFlags are the flags of `cert-health scan`.
type scanFlags struct {
	output
	vaultFlags
	mode   string
	root   string
	now    string
	served bool
}

func newScan(c console) *cobra.Command {
	f := &scanFlags{output: output{console: c, table: terminal.WriteTable}}
	cmd := &cobra.Command{
		Use:   "scan",
		Short: "check every certificate in the job files of a VM once",
		Long: `scan reads every file of every job below /var/vcap/jobs, finds the certificates
in all their forms, and compares each with Vault.

The address of Vault is taken from --config, or from VAULT_ADDR, VAULT_TOKEN,
VAULT_NAMESPACE and VAULT_CACERT. Without Vault, scan makes all checks that need
no comparison.

With --served, scan also makes one TLS handshake with each TCP port on which
this VM listens, except for those that the configuration excludes.`,
		Example: `  cert-health scan
  cert-health scan --served
  cert-health scan --root /mnt/vm1 --verbose
  VAULT_ADDR=https://vault:8200 VAULT_TOKEN=... \
    cert-health scan --vault-path secret/cf
  cert-health scan --format json --fail-on warning`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	f.output.flags(cmd)
	f.vaultFlags.flags(cmd)
	cmd.Flags().StringVar(&f.root, "root", "/", "`DIR` to use as /: --root vm1 reads vm1/var/vcap/jobs")
	cmd.Flags().StringVar(&f.now, "now", "", "use this `TIME` (RFC 3339) as the current time")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "list healthy certificates too")
	cmd.Flags().BoolVar(&f.served, "served", false, "compare the certificates that the VM's processes serve with their files, too")
	cmd.Flags().StringVar(&f.mode, "vault-mode", "", "`MODE` of reading Vault: data reads the secrets themselves, metadata reads what is published about them (default data with VAULT_ADDR, otherwise the configured mode)")
	_ = cmd.RegisterFlagCompletionFunc("vault-mode", cobra.FixedCompletions([]string{"data", "metadata"}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.MarkFlagDirname("root")
	return cmd
}

func (f *scanFlags) run(cmd *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	checker, err := f.checker()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	step, done := f.console.progress()
	checker.Progress = step
	result, err := checker.Check(ctx)
	done()
	if err != nil {
		return err
	}
	err = f.write(result)
	if (err == nil || errors.Is(err, errFindings)) && nothingReadable(result) {
		return errNothingReadable
	}
	return err
}

func nothingReadable(r *report.Report) bool {
	return len(r.Problems) > 0 && r.Summary.With+r.Summary.Without == 0 && r.Summary.Certificates == 0
}

func (f *scanFlags) checker() (*check.Checker, error) {
	if err := checkDir(f.root); err != nil {
		return nil, err
	}
	checker := &check.Checker{Root: f.root, Served: f.served}
	if f.now != "" {
		now, err := time.Parse(time.RFC3339, f.now)
		if err != nil {
			return nil, fmt.Errorf("--now %q is not a valid time: write it as %s", f.now, time.Now().UTC().Format(time.RFC3339))
		}
		checker.Now = func() time.Time { return now }
	}
	loaded, err := f.vaultFlags.load(f.console)
	if err != nil {
		return nil, err
	}
	if f.mode != "" {
		loaded.Vault.Mode = source.Mode(f.mode)
	}
	checker.Config = loaded
	return checker, loaded.Validate()
}

func checkDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return explainFile(dir, fmt.Errorf("--root: %w", err))
	case !info.IsDir():
		return fmt.Errorf("--root %s is a file: name the directory to use as /", dir)
	}
	return nil
}

// explainFile adds the most similar name in the directory to the error about a missing file.
func explainFile(name string, err error) error {
	if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	entries, listError := os.ReadDir(filepath.Dir(name))
	if listError != nil {
		return err
	}
	var beside []string
	for _, entry := range entries {
		beside = append(beside, entry.Name())
	}
	if meant := strict.Nearest(filepath.Base(name), beside); meant != "" {
		return fmt.Errorf("%w; did you mean %s?", err, strings.TrimPrefix(filepath.Join(filepath.Dir(name), meant), "./"))
	}
	return err
}
