//go:build !vm

package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/issue"
)

// changeFlags are the flags of what a certificate is to have, with the letters of safe.
type changeFlags struct {
	subject   string
	names     []string
	ttl       string
	usages    []string
	algorithm string
	bits      int
	keyType   string
}

func (f *changeFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&f.subject, "subject", "s", "", "`SUBJECT`, as in CN=bbs,O=cf or /CN=bbs/O=cf")
	flags.StringVar(&f.subject, "subj", "", "the same as --subject")
	_ = flags.MarkHidden("subj")
	flags.StringSliceVarP(&f.names, "name", "n", nil, "alternative `NAME`: a DNS name, an IP address, a mail address or a URI; repeatable")
	flags.StringVarP(&f.ttl, "ttl", "t", "", "`TIME` for which it is valid: 90d, 6m (180 days), 2y (730 days), 12h")
	flags.StringSliceVarP(&f.usages, "key-usage", "u", nil, "key `USAGE` in place of all others: "+strings.Join(issue.Usages(), ", ")+", or none; repeatable")
	flags.StringVarP(&f.algorithm, "sig-algorithm", "l", "", "signature `ALGORITHM`: "+strings.Join(issue.Algorithms(), ", "))
	complete(cmd, "key-usage", issue.Usages()...)
	complete(cmd, "sig-algorithm", issue.Algorithms()...)
}

// keyFlags adds the flags of a new key.
func (f *changeFlags) keyFlags(cmd *cobra.Command, without string) {
	cmd.Flags().IntVarP(&f.bits, "bits", "b", 0, "size of the new RSA key (default "+without+")")
	cmd.Flags().StringVarP(&f.keyType, "key-type", "k", "", "`TYPE` of the new key: rsa:4096, ec:256, ec:384, ec:521 or ed25519")
	complete(cmd, "key-type", "rsa:2048", "rsa:4096", "ec:256", "ec:384", "ec:521", "ed25519")
	cmd.MarkFlagsMutuallyExclusive("bits", "key-type")
}

// changes are what a successor has different.
func (f *changeFlags) changes() (c issue.Changes, err error) {
	c.Names, c.Usages = f.names, f.usages
	if f.subject != "" {
		if c.Subject, err = issue.ParseSubject(f.subject); err != nil {
			return c, err
		}
	}
	if f.ttl != "" {
		if c.Lifetime, err = lifetime("--ttl", f.ttl); err != nil {
			return c, err
		}
	}
	if f.algorithm != "" {
		c.Algorithm, err = issue.ParseAlgorithm(f.algorithm)
	}
	return c, err
}

// key is the type of the new key; zero if none is asked for.
func (f *changeFlags) key() (issue.KeyType, error) {
	switch {
	case f.keyType != "":
		return issue.ParseKeyType(f.keyType)
	case f.bits != 0:
		return issue.ParseKeyType(fmt.Sprintf("rsa:%d", f.bits))
	}
	return issue.KeyType{}, nil
}

// lifetime reads a time as safe writes it (90d, 6m, 2y, 12h), or as the configuration does (36h30m). A number with m
// alone are months, as in safe: no certificate is valid for minutes.
func lifetime(flag, text string) (time.Duration, error) {
	read, err := issue.ParseLifetime(text)
	if err == nil {
		return read, nil
	}
	if read, other := time.ParseDuration(text); other == nil && read > 0 {
		return read, nil
	}
	return 0, fmt.Errorf("%s: %w", flag, err)
}

func firstOf(errs ...error) error { return cmp.Or(errs...) }
