package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"cert-health/internal/scenario"
)

// rep is the cell's process of that name: a real server, which has loaded its
// certificate when it was started.
type rep struct {
	process *os.Process
	input   io.Closer // which ends it; nil for one that stays
}

// serve is the process itself. It ends with its standard input, or by a signal.
func serve(ctx context.Context, path string) error {
	pair, err := tls.LoadX509KeyPair(path+".crt", path+".key")
	if err != nil {
		return err
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	ended := make(chan error, 1)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				ended <- err
				return
			}
			go func() {
				defer connection.Close()
				_, _ = io.Copy(io.Discard, connection)
			}()
		}
	}()
	go func() {
		if _, err := io.Copy(io.Discard, os.Stdin); err == nil && os.Getenv(stays) == "" {
			ended <- io.EOF
		}
	}()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-ended:
		return err
	}
}

// stays is the variable that keeps a rep alive without its input.
const stays = "CERT_HEALTH_DEMO_STAYS"

// startRep starts it as monit would, with its pidfile, and lays out what the kernel tells
// of it below the cell's root: the cell's processes are this one, and not those of the
// machine on which the demo runs.
func startRep(cell string, keep bool) (*rep, error) {
	certificates, err := filepath.Glob(filepath.Join(cell, "var/vcap/data/jobs/rep/*/config/certs/rep/server.crt"))
	if err != nil || len(certificates) != 1 {
		return nil, errors.New("its certificate is not where it should be")
	}
	program, err := repProgram(cell)
	if err != nil {
		return nil, err
	}
	command := exec.Command(program, "-rep", strings.TrimSuffix(certificates[0], ".crt"))
	command.Stderr = io.Discard
	r := &rep{}
	if keep {
		command.Env = append(os.Environ(), stays+"=1")
	} else if r.input, err = command.StdinPipe(); err != nil {
		return nil, err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	r.process = command.Process
	var port int
	if _, err := fmt.Fscan(output, &port); err != nil {
		r.stop()
		return nil, fmt.Errorf("it does not listen: %w", err)
	}
	if err := scenario.WriteProcesses(cell, scenario.Process{Job: "rep", PID: r.process.Pid, Port: port}); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

// repProgram is this one, under the name that the kernel shall know it by.
func repProgram(cell string) (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	program := filepath.Join(cell, "var/vcap/packages/rep/bin/rep")
	if err := os.MkdirAll(filepath.Dir(program), 0o755); err != nil {
		return "", err
	}
	if err := os.Symlink(own, program); err != nil && !errors.Is(err, os.ErrExist) {
		return "", err
	}
	return program, nil
}

// stop ends it and waits; it may have been started or not.
func (r *rep) stop() {
	if r == nil {
		return
	}
	if r.input != nil {
		_ = r.input.Close()
	} else {
		_ = r.process.Signal(os.Interrupt)
	}
	_, _ = r.process.Wait()
}
