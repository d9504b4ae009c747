package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// build is a program that runs beside the first act and builds the programs of the later acts.
type build struct {
	command *exec.Cmd
	output  io.Reader
}

// startBuild starts the program. Its output waits in a pipe, so that it does not
// mix with the first act. The program and everything that it starts are one
// process group, which stop ends.
func startBuild(program string) (*build, error) {
	if program == "" {
		return nil, nil
	}
	b := &build{command: exec.Command(program)}
	b.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var err error
	if b.output, err = b.command.StderrPipe(); err != nil {
		return nil, err
	}
	return b, b.command.Start()
}

// wait shows the program's output until it ends.
func (b *build) wait(ctx context.Context) error {
	if b == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, b.kill)
	defer stop()
	_, _ = io.Copy(os.Stderr, b.output)
	err := b.command.Wait()
	b.command = nil
	if ctx.Err() != nil {
		return errors.New("interrupted while Vault and the hub were built")
	}
	if err != nil {
		return fmt.Errorf("build Vault and the hub: %w", err)
	}
	return nil
}

// stop ends a program that still runs.
func (b *build) stop() {
	if b == nil || b.command == nil {
		return
	}
	b.kill()
	_, _ = io.Copy(io.Discard, b.output)
	_ = b.command.Wait()
}

func (b *build) kill() { _ = syscall.Kill(-b.command.Process.Pid, syscall.SIGTERM) }
