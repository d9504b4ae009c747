//go:build !vm

package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"cert-health/internal/strict"
	"cert-health/internal/vault/validate"
	"cert-health/internal/verdict"
)

// x509ValidateFlags are the flags of `cert-health x509 validate`.
type x509ValidateFlags struct {
	x509Flags
	failOn   string
	signedBy string
	want     validate.Want

	threshold verdict.Severity
}

func newX509Validate(c console) *cobra.Command {
	f := &x509ValidateFlags{x509Flags: x509Flags{console: c}}
	cmd := &cobra.Command{
		Use:     "validate PATH...",
		Aliases: []string{"check"},
		Short:   "check certificates in Vault, and all that belongs to them",
		Long: `validate checks every certificate in the secrets: its dates by the thresholds of
cert-health, its private key, its chain, the CA that signed it, revocation,
serial numbers, and for a CA its revocation list. It names all faults of all
paths. In a PATH, * stands for any name and ** for any path.

The flags ask for more: with --for NAME, for example, every certificate must be
valid for that name. The letters are those of safe x509 validate, except -r.

Exit codes: 0 no finding at or above --fail-on, 1 at least one, 2 not everything
could be checked.`,
		Example: `  cert-health x509 validate -r secret/cf
  cert-health x509 validate 'secret/cf/*/tls' --fail-on error
  cert-health x509 validate secret/bbs -i secret/ca -n bbs.cf.internal
  cert-health x509 validate -r secret/cf --format json`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.run(cmd.Context(), paths) },
	}
	f.flags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.failOn, "fail-on", "warning", "lowest `SEVERITY` for which the exit code is 1: "+strings.Join(verdict.Severities(), ", "))
	complete(cmd, "fail-on", verdict.Severities()...)
	flags.BoolVar(&f.verbose, "verbose", false, "list sound certificates too, and cut nothing")
	flags.BoolVarP(&f.want.CA, "ca", "A", false, "each must be a CA")
	flags.StringVarP(&f.signedBy, "signed-by", "i", "", "each must be signed by the CA in the secret at this `PATH`")
	flags.StringArrayVarP(&f.want.Names, "for", "n", nil, "each must be valid for this `NAME`; repeatable, then for all")
	flags.IntSliceVarP(&f.want.Bits, "bits", "b", nil, "each key must have one of these `SIZES`; repeatable")
	flags.BoolVar(&f.want.Revoked, "revoked", false, "each must be revoked")
	flags.BoolVarP(&f.want.Expired, "expired", "e", false, "each must have expired")
	flags.BoolP("not-revoked", "R", false, "none may be revoked: always checked, for scripts that use safe's flag")
	flags.BoolP("not-expired", "E", false, "none may have expired: always checked, for scripts that use safe's flag")
	cmd.MarkFlagsMutuallyExclusive("revoked", "not-revoked")
	cmd.MarkFlagsMutuallyExclusive("expired", "not-expired")
	return cmd
}

func (f *x509ValidateFlags) check() error {
	threshold, err := verdict.ParseSeverity(f.failOn)
	if err != nil {
		return fmt.Errorf("--fail-on: %w%s", err, strict.Hint(f.failOn, verdict.Severities()))
	}
	f.threshold = threshold
	return checkFormat(f.format)
}

func (f *x509ValidateFlags) run(ctx context.Context, paths []string) error {
	if err := f.check(); err != nil {
		return err
	}
	reader, err := f.reader()
	if err != nil {
		return err
	}
	found, err := f.read(ctx, reader, paths)
	if err != nil {
		return err
	}
	o := f.options()
	o.Want = f.want
	var beside []*validate.Secret
	if f.signedBy != "" {
		if o.Want.SignedBy, err = reader.Signer(ctx, f.signedBy); err != nil {
			return fmt.Errorf("--signed-by %s: %w", f.signedBy, err)
		}
		beside = append(beside, o.Want.SignedBy)
	}
	return f.finish(validate.Validate(found, beside, o))
}

// finish writes the result. It returns an error if not everything could be checked, or if there are findings.
func (f *x509ValidateFlags) finish(r *validate.Result) error {
	var err error
	style := f.console.style(f.verbose)
	out := &guard{out: f.console.out}
	if f.format == "json" {
		err = encodeIndented(out, r)
	} else {
		out.colour = style.Colour
		err = writeValidation(out, style, r)
	}
	if err = cmp.Or(err, out.flush(), unreadPaths(r.Problems)); err == nil && r.Worst >= f.threshold {
		err = errFindings
	}
	return err
}
