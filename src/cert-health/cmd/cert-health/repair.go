package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/repair"
)

// errUnserved says that a repair is not complete: its words are in the output.
var errUnserved = fmt.Errorf("%w: not everything is as it should be", errFindings)

// repairFlags are the flags of `cert-health repair`.
type repairFlags struct {
	vaultFlags
	console     console
	root        string
	format      string
	certificate string
	key         string
	from        string
	wait        time.Duration
	yes         bool
	dryRun      bool
	undo        bool
	noRestart   bool
	alone       bool
	anyKey      bool
	jobs        []string
}

func newRepair(c console) *cobra.Command {
	f := &repairFlags{console: c}
	cmd := &cobra.Command{
		Use:   "repair [CERTIFICATE...]",
		Short: "put current certificates and keys into the files of this VM's jobs",
		Long: `repair is for an incident in which a deploy takes too long. On one VM, it puts
the current certificates and keys of Vault into the files of the jobs, in place
of expired or outdated ones, restarts the jobs by monit, and compares what they
serve. It changes nothing else in a file. Run it as root.

Without a CERTIFICATE, it repairs all certificates that are expired or outdated
and of which Vault holds a newer one. A CERTIFICATE is a name, a fingerprint, a
file of a job, or the path of a secret. Vault is asked with your own token:
VAULT_ADDR, and VAULT_TOKEN or vault login. Without Vault, --certificate and
--key name files.

It shows a plan first, and asks. It refuses a certificate that does not fit: of
another identity, of another CA, or without its key. The old files are saved in
/var/vcap/data/cert-health/repair: --undo brings the last ones back, also after
a crash in the middle. See docs/repair.md.

The next deploy overwrites the files: Vault must hold the same certificates.

Exit codes: 0 everything is repaired and served, 1 something is not, or cannot
be repaired, 2 the repair was refused or failed: nothing was changed.`,
		Example: `  cert-health repair --dry-run
  cert-health repair
  cert-health repair rep.service.cf.internal --yes
  cert-health repair rep --certificate rep.crt --key rep.key
  cert-health repair --undo`,
		RunE: func(cmd *cobra.Command, names []string) error { return f.run(cmd, names) },
	}
	f.flags(cmd)
	return cmd
}

func (f *repairFlags) flags(cmd *cobra.Command) {
	f.vaultFlags.flags(cmd)
	formatFlag(cmd, &f.format, "`FORMAT` of the plan and the result: table for people, json for programs")
	cmd.Flags().StringVar(&f.root, "root", "/", "`DIR` to use as /, for tests")
	cmd.Flags().StringVar(&f.certificate, "certificate", "", "take the certificate and its chain from this `FILE` of PEM text, not from Vault")
	cmd.Flags().StringVar(&f.key, "key", "", "take the private key from this `FILE` of PEM text")
	cmd.Flags().StringVar(&f.from, "from", "", "take the certificate and its key from the secret at this `PATH` of Vault")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "show the plan, and change nothing")
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	cmd.Flags().BoolVar(&f.undo, "undo", false, "bring back the files of before the last repair")
	cmd.Flags().BoolVar(&f.noRestart, "no-restart", false, "restart no job: print the commands")
	cmd.Flags().BoolVar(&f.alone, "certificate-only", false, "permit jobs of which no file holds the private key, because they only know the certificate of a peer")
	cmd.Flags().BoolVar(&f.anyKey, "replace-key", false, "permit to replace a private key that does not match the deployed certificate, as after a repair by hand that forgot it")
	cmd.Flags().StringArrayVar(&f.jobs, "job", nil, "write the files of this `JOB` alone; repeatable")
	cmd.Flags().DurationVar(&f.wait, "wait", 3*time.Minute, "`TIME` in which each job must run again, as in 90s or 5m")
	for _, name := range []string{"certificate", "key"} {
		_ = cmd.MarkFlagFilename(name, "pem", "crt", "key")
	}
	_ = cmd.MarkFlagDirname("root")
}

func (f *repairFlags) check(names []string) error {
	switch {
	case f.undo && (len(names) > 0 || f.certificate != "" || f.key != "" || f.from != ""):
		return errors.New("--undo brings back the last repair as a whole: name no certificate, file or path with it")
	case f.key != "" && f.certificate == "":
		return errors.New("--key belongs to --certificate: name both files")
	case f.certificate != "" && f.from != "":
		return errors.New("--certificate and --from are two sources: remove one of them")
	case (f.certificate != "" || f.from != "") && len(names) != 1:
		return errors.New("--certificate and --from are about one certificate: name it, as `cert-health scan` does")
	case f.wait < time.Second:
		return errors.New("--wait must be at least 1s")
	}
	return checkFormat(f.format)
}

func (f *repairFlags) run(cmd *cobra.Command, names []string) error {
	if err := f.check(names); err != nil {
		return err
	}
	root, err := absoluteRoot(f.root)
	if err != nil {
		return err
	}
	if f.root = root; root == "/" && os.Geteuid() != 0 {
		return errors.New("repair replaces files of root, and keeps their owners: run it as root")
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := repair.Open(root)
	if err != nil {
		return fmt.Errorf("repair: %w", err)
	}
	defer store.Close()
	w := &worker{repairFlags: f, store: store, out: &guard{out: f.console.out}}
	if f.undo {
		err = w.undo(ctx)
	} else {
		err = w.repair(ctx, names)
	}
	return errors.Join(err, w.out.flush())
}
