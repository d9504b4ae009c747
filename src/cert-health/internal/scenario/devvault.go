package scenario

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/vault/api"
)

// DevVault is a running Vault in dev mode: `vault`, `bao` or devvault.
type DevVault struct {
	Address string
	Token   string // the root token
	CACert  string // file; empty without TLS
	Client  *api.Client
	Process *os.Process

	engines, policies atomic.Int64 // made so far

	exited chan struct{} // closed when the process has ended
	exit   error         // how; read it after that
}

// DevVaultOptions say how to start one.
type DevVaultOptions struct {
	Program string // empty: bin/devvault of this project
	Dir     string // an empty directory for the files of the program
	TLS     bool
	// Standby starts a standby whose active node does not answer; only devvault
	// can do that.
	Standby bool
	// Detached lets it outlive this process.
	Detached bool
}

// StartDevVault starts the program on a free port of loopback and waits until it
// answers.
func StartDevVault(ctx context.Context, options DevVaultOptions) (*DevVault, error) {
	if options.Program == "" {
		program, err := FindDevVault()
		if err != nil {
			return nil, err
		}
		options.Program = program
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	v := &DevVault{Address: "http://" + address, Token: "root-" + rand.Text(), exited: make(chan struct{})}
	args := []string{"server", "-dev", "-dev-no-store-token", "-dev-listen-address=" + address, "-dev-root-token-id=" + v.Token}
	if options.TLS {
		v.Address, v.CACert = "https://"+address, filepath.Join(options.Dir, "vault-ca.pem")
		args = append(args, "-dev-tls", "-dev-tls-cert-dir="+options.Dir)
	}
	if options.Standby {
		args = append(args, "-dev-standby")
	}
	command := exec.Command(options.Program, args...)
	command.Env = append(os.Environ(), "HOME="+options.Dir)
	command.Dir = options.Dir
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: options.Detached}
	if !options.Detached {
		command.SysProcAttr.Pdeathsig = syscall.SIGKILL // it must not outlive a crash of ours
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", options.Program, err)
	}
	v.Process = command.Process
	go func() {
		v.exit = command.Wait()
		close(v.exited)
	}()
	ready := mounted
	if options.Standby {
		ready = standing
	}
	if err := v.connect(ctx, ready); err != nil {
		v.Stop()
		return nil, fmt.Errorf("start %s: %w", options.Program, err)
	}
	return v, nil
}

// freeAddress finds a port that is free now. If another process takes it before Vault does, Vault
// ends with an error.
func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// connect waits until Vault answers and is ready.
func (v *DevVault) connect(ctx context.Context, ready func(context.Context, *api.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	client, err := v.client()
	for {
		if err == nil {
			if err = ready(ctx, client); err == nil {
				v.Client = client
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", err)
		case <-v.exited:
			return fmt.Errorf("it ended at once: %w", v.exit)
		case <-time.After(20 * time.Millisecond):
		}
		client, err = v.client()
	}
}

// client returns a client with the root token. It needs the CA's file, which Vault writes.
func (v *DevVault) client() (*api.Client, error) {
	config := api.DefaultConfig()
	config.Address, config.AgentAddress, config.MaxRetries = v.Address, "", 0
	if err := config.ConfigureTLS(&api.TLSConfig{CACert: v.CACert}); err != nil {
		return nil, err
	}
	client, err := api.NewClient(config)
	if err != nil {
		return nil, err
	}
	client.SetToken(v.Token)
	client.ClearNamespace()
	return client, nil
}

// mounted tells whether a Vault answers to the root token and has its secret/ mount.
func mounted(ctx context.Context, client *api.Client) error {
	mounts, err := client.Sys().ListMountsWithContext(ctx)
	if err == nil && mounts["secret/"] == nil {
		err = errors.New("it has no secret/ mount yet")
	}
	return err
}

// standing tells whether a Vault is a standby, which answers no other request.
func standing(ctx context.Context, client *api.Client) error {
	health, err := client.Sys().HealthWithContext(ctx)
	if err == nil && !health.Standby {
		err = errors.New("it is not a standby")
	}
	return err
}

// NewEngine makes a KV engine for one test and returns its name.
func (v *DevVault) NewEngine(ctx context.Context, version int) (string, error) {
	name := fmt.Sprintf("kv-%d", v.engines.Add(1))
	_, err := v.Client.Logical().WriteWithContext(ctx, "sys/mounts/"+name,
		map[string]any{"type": "kv", "options": map[string]any{"version": strconv.Itoa(version)}})
	if err != nil || version == 1 {
		return name, err
	}
	// Vault upgrades a new engine of version 2 in the background.
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		_, err := v.Client.Logical().WriteWithContext(ctx, name+"/metadata/ready", map[string]any{})
		if err == nil {
			_, err = v.Client.Logical().DeleteWithContext(ctx, name+"/metadata/ready")
			return name, err
		}
		select {
		case <-ctx.Done():
			return name, fmt.Errorf("wait for the engine %s: %w", name, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// Put writes a version of a secret below secret/, an engine of KV version 2.
func (v *DevVault) Put(ctx context.Context, path string, data map[string]any) error {
	_, err := v.Client.KVv2("secret").Put(ctx, path, data)
	return err
}

// Stop ends Vault and waits for its end. A second call does nothing.
func (v *DevVault) Stop() {
	_ = v.Process.Signal(syscall.SIGTERM)
	select {
	case <-v.exited:
	case <-time.After(5 * time.Second):
		_ = v.Process.Kill()
		<-v.exited
	}
}
