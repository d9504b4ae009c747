package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/check"
	"cert-health/internal/discover"
	"cert-health/internal/report"
	"cert-health/internal/report/terminal"
	"cert-health/internal/vault/source"
	"cert-health/internal/verdict"
)

// errNothingReadable says that a scan could not read any file.
var errNothingReadable = errors.New("no file could be read: run the command as root, or as a user who may read the files (on a BOSH VM, a member of the group vcap)")

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
		Use:   "scan [PATH...]",
		Short: "check the certificates in any files, or in a VM's jobs",
		Long: `scan finds the certificates in all their forms, and reports which of them are
expired, about to expire or faulty. With a PATH, it reads that file or all files
of that directory, on any machine. Without a PATH, it reads every file of every
job below /var/vcap/jobs of a BOSH VM.

If it knows a Vault, scan compares each certificate with Vault. The address is
taken from --config, or from VAULT_ADDR. The variables of the vault program and
the token of vault login are used, too. Without Vault, scan makes all checks
that need no comparison. If Vault refuses the token or a path, the exit code
is 2; if Vault does not answer, scan says so and goes on.

With --served, scan also makes one TLS handshake with each TCP port on which
this VM listens, except for those that the configuration excludes.`,
		Example: `  cert-health scan /etc/ssl ~/.kube/config
  cert-health scan
  cert-health scan --served
  cert-health scan --root /mnt/vm1 --verbose
  VAULT_ADDR=https://vault:8200 cert-health scan --vault-path secret/cf
  cert-health scan --format json --fail-on warning`,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.run(cmd, paths) },
	}
	f.output.flags(cmd)
	f.vaultFlags.flags(cmd)
	cmd.Flags().StringVar(&f.root, "root", "/", "`DIR` to use as /: --root vm1 reads vm1/var/vcap/jobs, and each PATH below vm1")
	cmd.Flags().StringVar(&f.now, "now", "", "use this `TIME` (RFC 3339) as the current time")
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "list healthy certificates too, with whole paths and names")
	cmd.Flags().BoolVar(&f.served, "served", false, "compare the certificates that the VM's processes serve with their files, too")
	cmd.Flags().StringVar(&f.mode, "vault-mode", "", "`MODE` of reading Vault: data reads the secrets themselves, metadata reads what is published about them (default data with VAULT_ADDR, otherwise the configured mode)")
	complete(cmd, "vault-mode", "data", "metadata")
	_ = cmd.MarkFlagDirname("root")
	return cmd
}

func (f *scanFlags) run(cmd *cobra.Command, paths []string) error {
	if err := f.check(); err != nil {
		return err
	}
	checker, err := f.checker()
	if err != nil {
		return err
	}
	missing, err := choose(checker, paths)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	step, done := f.console.progress()
	checker.Progress = step
	result, err := checker.Check(ctx)
	done()
	if errors.Is(err, discover.ErrNothing) {
		return fmt.Errorf("%w. Name what to check, for example: cert-health scan /etc/ssl. For the files of another BOSH VM, set --root to the directory with its /", err)
	}
	if err != nil {
		return err
	}
	return f.finish(result, checker, missing)
}

// choose makes the checker scan the paths, if there are any. missing names those that do not
// exist.
func choose(checker *check.Checker, paths []string) (missing, err error) {
	paths, err = absolutePaths(checker.Root, paths)
	if err != nil || len(paths) == 0 {
		return nil, err
	}
	checker.Only, missing = present(checker.Root, paths)
	if len(checker.Only) == 0 {
		return nil, missing
	}
	return missing, nil
}

// finish writes the report. It returns an error if not everything could be checked.
func (f *scanFlags) finish(result *report.Report, checker *check.Checker, missing error) error {
	if result.Summary.Files == 0 && result.Summary.ByCode[verdict.Unreadable] == 0 {
		if len(checker.Only) > 0 {
			return noFiles(checker.Only)
		}
		return noFiles([]string{filepath.Join(checker.Root, discover.JobsDir)})
	}
	err := f.write(result)
	switch {
	case err != nil && !errors.Is(err, errFindings):
		return err
	case nothingReadable(result):
		return errNothingReadable
	}
	if why := checker.Refused(); why != "" {
		return cmp.Or(missing, fmt.Errorf("not everything was compared with %s: %s", checker.Config.SourceTitle(), why))
	}
	return cmp.Or(missing, err)
}

func nothingReadable(r *report.Report) bool {
	return len(r.Problems) > 0 && r.Summary.With+r.Summary.Without == 0 && r.Summary.Certificates == 0
}

func (f *scanFlags) checker() (*check.Checker, error) {
	root, err := absoluteRoot(f.root)
	if err != nil {
		return nil, err
	}
	checker := &check.Checker{Root: root, Served: f.served}
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
