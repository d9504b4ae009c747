package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"cert-health/internal/scenario"
)

// withoutVault is the first act: what a scan shows without a source to compare with.
func (d *demo) withoutVault(ctx context.Context) error {
	say("Thirteen certificates of deployment cf expired, and `bosh deploy` got stuck.\n\n" +
		"1. A Diego cell, two hours later (--now), without Vault: what has expired?\n")
	return d.scan(ctx, "cell")
}

// withVault is the second act: the certificates were renewed in Vault, and the deploy
// reached some VMs only.
func (d *demo) withVault(ctx context.Context) error {
	say("\n2. The certificates were renewed in Vault before the deploy. A publisher tells the\n" +
		"VMs which certificates Vault holds; their own token can read no secret:")
	if err := d.fill(ctx); err != nil {
		return fmt.Errorf("fill Vault: %w", err)
	}
	d.now = time.Now()
	if err := d.publish(ctx); err != nil {
		return fmt.Errorf("publish the certificates of Vault: %w", err)
	}
	say("\nNow each of three VMs is compared with Vault:")
	for _, vm := range d.story.VMs {
		say("\n" + vm.Sentence)
		if err := d.scan(ctx, vm.Name, "--vault-mode", "metadata"); err != nil {
			return err
		}
	}
	return nil
}

// fill writes to Vault the expired certificates as version 1 and the renewed ones as
// version 2.
func (d *demo) fill(ctx context.Context) error {
	if err := d.server.Put(ctx, scenario.CAPath, d.story.CA.Safe()); err != nil {
		return err
	}
	for _, secret := range d.story.Secrets {
		for _, pair := range []*scenario.Pair{secret.Old, secret.New} {
			if err := d.server.Put(ctx, secret.Path, pair.Safe()); err != nil {
				return err
			}
		}
	}
	return nil
}

// policy is the VMs' policy in Vault: it allows them to read publications, and no secret.
const policy = `path "secret/metadata/*" { capabilities = ["read", "list"] }`

// publish runs cert-health publish, and creates the VMs' token.
func (d *demo) publish(ctx context.Context) error {
	if err := d.server.Client.Sys().PutPolicyWithContext(ctx, "cert-health", policy); err != nil {
		return err
	}
	secret, err := d.server.Client.Logical().WriteWithContext(ctx, "auth/token/create",
		map[string]any{"policies": []string{"cert-health"}, "ttl": "24h"})
	if err != nil {
		return err
	}
	d.token = secret.Auth.ClientToken
	say("\n$ cert-health publish\n")
	return d.command(ctx, d.server.Token, "publish").Run()
}

// served is the last act: certificates are pasted into files, and a restart is
// forgotten.
func (d *demo) served(ctx context.Context) error {
	cell := filepath.Join(d.dir, "cell")
	var err error
	if d.rep, err = startRep(cell, d.keep); err != nil {
		return fmt.Errorf("start the cell's rep: %w", err)
	}
	say("\n3. An operator pastes the new certificates into the files of the cell. The files are\n" +
		"correct now, but the operator forgets `monit restart`: rep still serves the old one.\n")
	if err := d.story.Pasted().Paste(cell); err != nil {
		return fmt.Errorf("paste certificates: %w", err)
	}
	if err := d.scan(ctx, "cell", "--vault-mode", "metadata", "--served"); err != nil {
		return err
	}
	say("\n$ monit restart rep\n")
	d.rep.stop()
	if d.rep, err = startRep(cell, d.keep); err != nil {
		return fmt.Errorf("restart the cell's rep: %w", err)
	}
	return d.scan(ctx, "cell", "--vault-mode", "metadata", "--served")
}

// hubAct plays the acts of the hub. Their program belongs to the hub's module, and lies beside cert-health.
func (d *demo) hubAct(ctx context.Context) error {
	if d.hub == "" {
		return nil
	}
	program, err := filepath.Abs(d.hub)
	if err != nil {
		return err
	}
	// The certificates of before are no longer in the story's cell. Other cells still have them.
	if err := d.story.VMs[2].VM.Write(filepath.Join(d.dir, "unreached")); err != nil {
		return fmt.Errorf("write the job tree of another cell: %w", err)
	}
	args := []string{"-hub", filepath.Join(filepath.Dir(d.program), "cert-health-hub"), "-cert-health", d.program, "-dir", d.dir}
	if d.keep {
		args = append(args, "-keep")
	}
	command := d.command(ctx, d.server.Token, args...)
	command.Path, command.Args[0] = program, program
	return command.Run()
}
