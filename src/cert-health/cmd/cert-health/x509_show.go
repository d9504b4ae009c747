//go:build !vm

package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/report/terminal"
	"cert-health/internal/vault/validate"
	"cert-health/internal/verdict"
)

func newX509Show(c console) *cobra.Command {
	f := &x509Flags{console: c}
	cmd := &cobra.Command{
		Use:   "show PATH...",
		Short: "show certificates in Vault",
		Long: `show shows the certificate in each secret: who signed it, as the verified
signature proves, how long it is valid, its usages, key, key identifiers and
fingerprint, and for a CA its revocation list. It shows no private key, only
whether the private key belongs to the certificate.

Exit codes: 0 all paths are shown, 2 not all could be read.`,
		Example: `  cert-health x509 show secret/cf/bbs secret/cf/ca
  cert-health x509 show -r secret/cf --format json`,
		Args: someArguments,
		RunE: func(cmd *cobra.Command, paths []string) error { return f.show(cmd.Context(), paths) },
	}
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.verbose, "verbose", false, "cut nothing to the width of the terminal")
	return cmd
}

func (f *x509Flags) show(ctx context.Context, paths []string) error {
	if err := checkFormat(f.format); err != nil {
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
	facts := validate.Describe(found.Secrets, found.Beside, o)
	style := f.console.style(f.verbose)
	out := &guard{out: f.console.out}
	if f.format == "json" {
		err = encodeIndented(out, facts)
	} else {
		out.colour = style.Colour
		err = writeFacts(out, style, facts, found.Problems, o.Now)
	}
	return cmp.Or(err, out.flush(), unreadPaths(found.Problems))
}

// writeFacts writes facts for people.
func writeFacts(w io.Writer, style terminal.Style, list []validate.Facts, problems []validate.Problem, now time.Time) error {
	p := &page{w: w, style: style}
	for i := range list {
		if i > 0 {
			p.line("")
		}
		p.facts(&list[i], now)
	}
	for _, problem := range problems {
		p.entry("not read", problem.Path+": "+problem.Reason)
	}
	return p.err
}

func (p *page) facts(f *validate.Facts, now time.Time) {
	kind := "a certificate"
	if f.CA {
		kind = "a CA"
	}
	title := fmt.Sprintf("%s: %s, %s, %s", f.Path, f.Name, kind, word(f.State))
	if f.State == verdict.OK.String() {
		title = fmt.Sprintf("%s: %s, %s", f.Path, f.Name, kind)
	}
	p.line("%s", title)
	p.entry("subject", f.Subject)
	p.entry("signed by", signedBy(f))
	p.entry("names", strings.Join(f.SANs, ", "))
	p.entry("valid", fmt.Sprintf("%s to %s", verdict.Stamp(f.NotBefore), verdict.Stamp(f.NotAfter)))
	p.entry("ends", verdict.Relative(f.NotAfter, now))
	p.entry("usages", strings.Join(f.Usages, ", "))
	p.entry("key", f.Key+", "+privateKeyWords(f.PrivateKey))
	p.entry("signature", f.Signature)
	p.entry("serial", f.Serial)
	p.entry("key id", f.KeyID)
	p.entry("CA key id", f.AuthorityID)
	p.entry("SHA-256", f.Fingerprint)
	p.entry("chain", strings.Join(f.Chain, ", "))
	if f.Counter != "" {
		p.entry("counter", f.Counter+", the last serial number that it gave")
	}
	p.entry("CRL", listWords(f.List, now))
	if f.Version > 0 {
		p.entry("version", fmt.Sprint(f.Version))
	}
}

func signedBy(f *validate.Facts) string {
	switch {
	case f.SelfSigned:
		return "itself"
	case f.SignedBy != nil:
		return fmt.Sprintf("%s (%s)", f.SignedBy.Path, f.SignedBy.Name)
	}
	return f.Issuer + ", a CA that was not read"
}

func privateKeyWords(state validate.PrivateKey) string {
	switch state {
	case validate.Matches:
		return "with its private key"
	case validate.Differs:
		return "with the private key of another certificate"
	case validate.Damaged:
		return "with a private key that cannot be read"
	case validate.Uncompared:
		return "whose private key is not compared"
	}
	return "without its private key"
}

func listWords(f *validate.ListFacts, now time.Time) string {
	if f == nil {
		return ""
	}
	words := count(f.Revoked, "revoked certificate")
	if f.Number != "" {
		words += ", number " + f.Number
	}
	if !f.NextUpdate.IsZero() {
		words += fmt.Sprintf(", next update due %s (%s)", verdict.Relative(f.NextUpdate, now), verdict.Stamp(f.NextUpdate))
	}
	if !f.Signed {
		words += ", not signed with the key of this CA"
	}
	return words
}
