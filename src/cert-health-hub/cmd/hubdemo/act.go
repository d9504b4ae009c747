package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// act plays the acts.
type act struct {
	hub, client, dir string
	keep             bool

	places    Places
	url       string
	processes []*os.Process
	hubEnded  chan struct{} // closed when the hub has ended
}

func (a *act) play(ctx context.Context) error {
	err := a.tell(ctx)
	if a.keep && err == nil {
		a.lookAround()
		return nil
	}
	for _, p := range a.processes {
		_ = p.Signal(syscall.SIGTERM)
	}
	if a.hubEnded != nil {
		<-a.hubEnded
	}
	return err
}

func (a *act) tell(ctx context.Context) error {
	for _, program := range []*string{&a.hub, &a.client, &a.dir} {
		absolute, err := filepath.Abs(*program)
		if err != nil {
			return err
		}
		*program = absolute
	}
	say("\n4. The hub looks at the same Vault, and at CredHub, the Director and Ops Manager (stand-ins),\n" +
		"and at four web sites. One of these does not answer.")
	if err := a.start(ctx); err != nil {
		return err
	}
	say("\nThe pages are at " + a.url + ". The command line has the same answers:")
	for _, command := range [][]string{{"login", a.url}, {"sources"}, {"list", "--within", "30d"}} {
		if err := a.run(ctx, command...); err != nil {
			return err
		}
	}
	return a.tellFleet(ctx)
}

// start starts the stage and the hub, and waits until each source was asked.
func (a *act) start(ctx context.Context) error {
	if err := a.scan(ctx); err != nil {
		return err
	}
	own, err := os.Executable()
	if err != nil {
		return err
	}
	output, err := a.process("stage", own, "-stage", "-dir", a.dir)
	if err != nil {
		return err
	}
	if err := json.NewDecoder(output).Decode(&a.places); err != nil {
		return fmt.Errorf("start the servers of the demo: %w", err)
	}
	config, err := a.configure()
	if err != nil {
		return err
	}
	if _, err := a.process("hub", a.hub, "serve", "--config", config); err != nil {
		return err
	}
	a.hubEnded = make(chan struct{})
	go func() {
		_, _ = a.processes[len(a.processes)-1].Wait()
		close(a.hubEnded)
	}()
	return a.await(ctx, "the hub did not ask all sources", a.asked)
}

// process starts a program that outlives this one. It logs to a file of the demo.
func (a *act) process(name, program string, args ...string) (io.Reader, error) {
	command := exec.Command(program, args...)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	log, err := os.Create(filepath.Join(a.dir, name+".log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command.Stderr = log
	if name == "hub" {
		command.Stdout = log
		err = command.Start()
		a.started(command)
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	a.started(command)
	return output, err
}

func (a *act) started(command *exec.Cmd) {
	if command.Process != nil {
		a.processes = append(a.processes, command.Process)
	}
}

// run runs a command of the operator. Exit code 1 means findings, which the story is about.
func (a *act) run(ctx context.Context, args ...string) error {
	say("\n$ cert-health " + strings.Join(args, " ") + "\n")
	command := exec.CommandContext(ctx, a.client, args...)
	command.Env = append(os.Environ(), "XDG_CONFIG_HOME="+a.dir)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	err := command.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		return nil
	}
	return err
}

func (a *act) lookAround() {
	var pids []string
	for _, p := range a.processes {
		pids = append(pids, fmt.Sprint(p.Pid))
	}
	say(fmt.Sprintf("\nThe hub and the agents are still running: open %s in a browser, or type\n\n  XDG_CONFIG_HOME=%s %s dashboard\n\nTo stop it:\n\n  kill %s",
		a.url, a.dir, a.client, strings.Join(pids, " ")))
}

func say(text string) { fmt.Println(text) }
