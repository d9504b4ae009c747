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

// rep is the process rep of the Diego cell: a real server, which loads its certificate
// when it starts.
type rep struct {
	process *os.Process
	input   io.Closer // closing it ends the process; nil with -keep
}

// serve is the main function of rep. It ends when its standard input ends, or by a signal.
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

// stays is the environment variable that lets rep run after its standard input ends.
const stays = "CERT_HEALTH_DEMO_STAYS"

// startRep starts rep as monit would, with its pidfile, and writes a /proc below the cell's
// root: rep is the only process of the cell. The processes of the machine on which the
// demo runs do not appear in it.
func startRep(cell string, keep bool) (*rep, error) {
	certificates, err := filepath.Glob(filepath.Join(cell, "var/vcap/data/jobs/rep/*/config/certs/rep/server.crt"))
	if err != nil || len(certificates) != 1 {
		return nil, errors.New("the cell has no certificate of rep")
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
		return nil, fmt.Errorf("rep does not listen: %w", err)
	}
	if err := scenario.WriteProcesses(cell, scenario.Process{Job: "rep", PID: r.process.Pid, Port: port}); err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

// repProgram returns a link to this program, so that the kernel shows the name rep.
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

// stop ends rep and waits. A nil rep was never started.
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
