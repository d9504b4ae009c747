//go:build !vm

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cert-health/internal/credhub"
	"cert-health/internal/rotator"
	"cert-health/internal/strict"
	"cert-health/internal/vault/client"
	"cert-health/internal/vault/keep"
	"cert-health/internal/vault/order"
)

func newRotate(c console) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "replace a CA step by step, without a lost connection",
		Long: `rotate replaces a CA in Vault or CredHub. Each step waits until the VMs are
ready for it: both CAs are trusted before the new one signs, and the old one is
removed only when no VM has or shows a certificate that it signed. VMs that are
silent, stopped, ignored or missing hold a step back, and are named.

There is no record of a rotation: its state is read each time from the store
and from the reports of the VMs. See docs/rotation.md.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newRotateStatus(c), newRotateNext(c), newRotateAbort(c))
	return cmd
}

// The stores, as --source names them.
const (
	vaultSource   = "vault"
	credhubSource = "credhub"
)

// rotateFlags are the flags of the commands about a rotation.
type rotateFlags struct {
	surveyFlags
	source     string
	paths      []string
	accepted   []string
	withoutVMs bool
	back       bool
}

func (f *rotateFlags) flags(cmd *cobra.Command) {
	f.surveyFlags.flags(cmd)
	f.targetFlag(cmd)
	f.formats = []string{"table", "json"}
	f.failOn = "error"
	formatFlag(cmd, &f.format, "`FORMAT` of the output: table for people, json for programs")
	cmd.Flags().StringVar(&f.source, "source", "", "`STORE` of the CA: vault or credhub (default: credhub for a CA that begins with /, else vault)")
	complete(cmd, "source", vaultSource, credhubSource)
	cmd.Flags().StringArrayVar(&f.paths, "vault-path", nil, "look for certificates that the CA signed below this `PATH` of Vault, mount included; repeatable (default: the engine of the CA)")
	cmd.Flags().StringArrayVar(&f.accepted, "accept", nil, "let this `INSTANCE` hold nothing back: it may lose connections; write it as group/id or deployment/group/id; repeatable")
	cmd.Flags().BoolVar(&f.withoutVMs, "without-vms", false, "take steps although no VM is seen: no VM uses this CA")
	_ = cmd.Flags().MarkHidden("config")
}

// check reports wrong values before anything is read.
func (f *rotateFlags) check(ca string) error {
	if err := checkFormat(f.format); err != nil {
		return err
	}
	switch {
	case f.source == "" && strings.HasPrefix(ca, "/"):
		f.source = credhubSource
	case f.source == "":
		f.source = vaultSource
	case f.source != vaultSource && f.source != credhubSource:
		return fmt.Errorf("--source %q is not known: use vault or credhub%s", f.source, strict.Hint(f.source, []string{vaultSource, credhubSource}))
	}
	if f.source == credhubSource && len(f.paths) > 0 {
		return errors.New("--vault-path is for a CA in Vault: leave it out")
	}
	return nil
}

// errNoStore says that no store is configured.
var errNoStore = errors.New("the store of the CA is not known: set VAULT_ADDR for Vault, or CREDHUB_SERVER for CredHub")

// store is the store of the CA. step is called with each piece of progress, if it is not nil.
func (f *rotateFlags) store(ctx context.Context, ca string, step func(string)) (rotator.Store, error) {
	read := 0
	progress := func() {
		if read++; step != nil {
			step(count(read, "secret"))
		}
	}
	if f.source == credhubSource {
		if f.console.env(credhub.AddressVariable) == "" {
			return nil, errNoStore
		}
		o, err := credhub.FromEnvironment(f.console.env)
		if err != nil {
			return nil, err
		}
		o.Agent = "cert-health/" + version
		c, err := credhub.New(o)
		return &rotator.CredHub{Client: c, Name: ca, Step: progress}, err
	}
	clerk, err := f.clerk(ctx, progress)
	if err != nil {
		return nil, err
	}
	return &rotator.Vault{Clerk: clerk, Path: ca}, nil
}

// clerk logs in to Vault.
func (f *rotateFlags) clerk(ctx context.Context, progress func()) (*order.Clerk, error) {
	loaded, err := (&vaultFlags{}).load(f.console)
	switch {
	case err != nil:
		return nil, err
	case loaded.Vault.Client.Address == "":
		return nil, errNoStore
	}
	c, err := client.New(loaded.Vault.Client)
	if err != nil {
		return nil, err
	}
	if err := c.Authenticate(ctx); err != nil {
		return nil, err
	}
	return &order.Clerk{Store: keep.Store{Client: c}, Roots: f.paths, Most: loaded.Vault.MaxSecrets, Now: time.Now, Random: rand.Reader, Step: progress}, nil
}
