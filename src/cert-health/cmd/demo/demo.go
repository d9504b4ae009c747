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

// later is how far the scans set the clock ahead: the operator looks two hours after
// the deploy got stuck.
const later = 2 * time.Hour

type demo struct {
	program      string
	vault        string
	buildProgram string
	hub          string
	keep         bool
	variables    []string // of the operator's Vault, which the demo does not use

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
		return fmt.Errorf("create a directory for the demo: %w", err)
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
	d.story, d.now = scenario.NewStory(time.Now()), time.Now()
	if err := d.writeTrees(); err != nil {
		return err
	}
	built, err := startBuild(d.buildProgram)
	if err != nil {
		return fmt.Errorf("start the build of Vault and the hub: %w", err)
	}
	defer built.stop()
	if err := d.withoutVault(ctx); err != nil {
		return err
	}
	if err := built.wait(ctx); err != nil {
		return err
	}
	if err := d.start(ctx); err != nil {
		return err
	}
	if err := d.withVault(ctx); err != nil {
		return err
	}
	if err := d.served(ctx); err != nil {
		return err
	}
	if err := d.hubAct(ctx); err != nil {
		return err
	}
	say("\nYou have seen which certificates are wrong, in which files, why, and what to type next.")
	return nil
}

// writeTrees writes the job trees of all VMs.
func (d *demo) writeTrees() error {
	for _, vm := range d.story.VMs {
		if err := vm.VM.Write(filepath.Join(d.dir, vm.Name)); err != nil {
			return fmt.Errorf("write the job tree of %s: %w", vm.Name, err)
		}
	}
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

// command returns a command of cert-health, with that token for Vault. Before Vault
// is started, the command has no Vault.
func (d *demo) command(ctx context.Context, token string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, d.program, args...)
	command.Dir = d.dir
	command.Env = os.Environ()
	if d.server != nil {
		command.Env = append(command.Env, "VAULT_ADDR="+d.server.Address, "VAULT_TOKEN="+token)
	}
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	return command
}

// scan runs cert-health on one VM's tree.
func (d *demo) scan(ctx context.Context, vm string, more ...string) error {
	args := append([]string{"scan", "--root", vm, "--now", d.now.Add(later + time.Second).UTC().Format(time.RFC3339)}, more...)
	say("$ cert-health " + strings.Join(args, " ") + "\n")
	err := d.command(ctx, d.token, args...).Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil // exit code 1 means findings, which the story is about
	}
	if err != nil {
		return fmt.Errorf("scan %s: %w", vm, err)
	}
	return nil
}

func (d *demo) lookAround() {
	say(fmt.Sprintf(`
Vault and the cell's rep are still running, and the trees are still there. To look around:

  %sexport VAULT_ADDR=%s VAULT_TOKEN=%s
  cd %s
  %s scan --root cell --vault-mode metadata --served --verbose
  %s inspect cell/var/vcap/data/jobs/*/*/config/*

To stop and remove everything:

  kill %d %d && rm -r %s`,
		d.unset(), d.server.Address, d.token, d.dir, d.program, d.program, d.server.Process.Pid, d.rep.process.Pid, d.dir))
}

// unset is a command that removes the variables of the operator's Vault: with VAULT_AGENT_ADDR, the
// commands after it would go there.
func (d *demo) unset() string {
	if len(d.variables) == 0 {
		return ""
	}
	return "unset " + strings.Join(d.variables, " ") + "; "
}

func say(text string) { fmt.Println(text) }
