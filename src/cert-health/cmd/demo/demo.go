package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"cert-health/internal/scenario"
)

// later is how far the scans set the clock ahead: the deploy has been hanging
// for two hours when somebody looks.
const later = 2 * time.Hour

type demo struct {
	program string
	vault   string
	keep    bool

	dir    string
	server *scenario.DevVault
	token  string // of the VMs
	story  *scenario.Story
	now    time.Time
	rep    *rep
}

func (d *demo) run(ctx context.Context) error {
	program, err := filepath.Abs(d.program)
	if err != nil {
		return err
	}
	d.program = program
	if d.dir, err = os.MkdirTemp("", "cert-health-demo-"); err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	err = d.tell(ctx)
	if d.keep && err == nil {
		d.lookAround()
		return nil
	}
	if d.server != nil {
		d.server.Stop()
	}
	d.rep.stop()
	if removed := os.RemoveAll(d.dir); err == nil && removed != nil {
		err = removed
	}
	return err
}

// tell plays the story.
func (d *demo) tell(ctx context.Context) error {
	d.story = scenario.NewStory(time.Now())
	if err := d.start(ctx); err != nil {
		return err
	}
	say("Thirteen certificates of deployment cf expired five hours ago, as Vault had them.\n" +
		"They were renewed in Vault; then `bosh deploy` got stuck half-way. A publisher has\n" +
		"told the VMs what Vault holds; their own token may read no secret:")
	if err := d.fill(ctx); err != nil {
		return fmt.Errorf("fill Vault: %w", err)
	}
	d.now = time.Now()
	if err := d.publish(ctx); err != nil {
		return fmt.Errorf("publish what Vault holds: %w", err)
	}
	say("\nNow it is two hours later (--now). Three VMs, as cert-health sees them:")
	for _, vm := range d.story.VMs {
		if err := vm.VM.Write(filepath.Join(d.dir, vm.Name)); err != nil {
			return fmt.Errorf("write the job tree of %s: %w", vm.Name, err)
		}
		say("\n" + vm.Sentence)
		if err := d.scan(ctx, vm.Name); err != nil {
			return err
		}
	}
	if err := d.lastAct(ctx); err != nil {
		return err
	}
	say("\nWhich certificate, where, why, and what to type: no log to read, no loop over Vault.")
	return nil
}

func (d *demo) start(ctx context.Context) error {
	dir := filepath.Join(d.dir, "vault")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: d.vault, Dir: dir, Detached: d.keep})
	d.server = server
	return err
}

// fill writes the expired certificates as version 1 and the renewed as version 2.
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

// policy is what the VMs may do in Vault: read what is published, and no secret.
const policy = `path "secret/metadata/*" { capabilities = ["read", "list"] }`

// publish publishes what Vault holds, and makes the VMs' token.
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

// command is the real program, as somebody with that token runs it.
func (d *demo) command(ctx context.Context, token string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, d.program, args...)
	command.Dir = d.dir
	command.Env = append(os.Environ(), "VAULT_ADDR="+d.server.Address, "VAULT_TOKEN="+token, "VAULT_NAMESPACE=", "VAULT_CACERT=")
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

// lastAct is how that night ended: certificates pasted into files. Here one step of it is
// forgotten.
func (d *demo) lastAct(ctx context.Context) error {
	cell := filepath.Join(d.dir, "cell")
	var err error
	if d.rep, err = startRep(cell, d.keep); err != nil {
		return fmt.Errorf("start the cell's rep: %w", err)
	}
	say("\nSomebody logs in to the cell and pastes the new certificates into the files. They are\n" +
		"right now; `monit restart` is forgotten, and rep still runs as it was started:\n")
	if err := d.story.Pasted().Paste(cell); err != nil {
		return fmt.Errorf("paste certificates: %w", err)
	}
	if err := d.scan(ctx, "cell", "--served"); err != nil {
		return err
	}
	say("\n$ monit restart rep\n")
	d.rep.stop()
	if d.rep, err = startRep(cell, d.keep); err != nil {
		return fmt.Errorf("restart the cell's rep: %w", err)
	}
	return d.scan(ctx, "cell", "--served")
}

// scan runs the real program on one VM's tree.
func (d *demo) scan(ctx context.Context, vm string, more ...string) error {
	args := append([]string{"scan", "--root", vm, "--vault-mode", "metadata", "--now", d.now.Add(later + time.Second).UTC().Format(time.RFC3339)}, more...)
	say("$ cert-health " + strings.Join(args, " ") + "\n")
	err := d.command(ctx, d.token, args...).Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil // there are findings: that is the story
	}
	if err != nil {
		return fmt.Errorf("scan %s: %w", vm, err)
	}
	return nil
}

func (d *demo) lookAround() {
	say(fmt.Sprintf(`
Vault, the trees and the cell's rep are still there. To look around:

  export VAULT_ADDR=%s VAULT_TOKEN=%s
  cd %s
  %s scan --root cell --vault-mode metadata --served --verbose
  %s inspect cell/var/vcap/data/jobs/*/*/config/*

and in the end:

  kill %d %d && rm -r %s`,
		d.server.Address, d.token, d.dir, d.program, d.program, d.server.Process.Pid, d.rep.process.Pid, d.dir))
}

func say(text string) { fmt.Println(text) }
