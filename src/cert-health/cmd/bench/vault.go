package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"

	"cert-health/internal/report"
	"cert-health/internal/scenario"
)

const indexedSecrets = 5000

// vaultIndex fills a Vault, and measures reading all of it.
func (b *bench) vaultIndex(ctx context.Context) error {
	dir := filepath.Join(b.dir, "vault")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: b.vault, Dir: dir})
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := fillVault(ctx, server); err != nil {
		return fmt.Errorf("fill Vault: %w", err)
	}
	env := []string{"VAULT_ADDR=" + server.Address, "VAULT_TOKEN=" + server.Token}
	root := filepath.Join(b.dir, "cell")
	if err := b.compare(fmt.Sprintf("index of %d secrets of a Vault, with the scan of a cell", indexedSecrets),
		func() *exec.Cmd {
			command := b.self(ctx, "vault:secret")
			command.Env = env
			return command
		},
		func() *exec.Cmd { return b.scan(ctx, root, env...) }); err != nil {
		return err
	}
	return b.countRequests(ctx, root, env)
}

func fillVault(ctx context.Context, server *scenario.DevVault) error {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	var next atomic.Int64
	var group sync.WaitGroup
	var once sync.Once
	var failed error
	for range 4 {
		group.Go(func() {
			for n := next.Add(1); n <= indexedSecrets; n = next.Add(1) {
				name := fmt.Sprintf("c%d.service.internal", n)
				pair := scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name}, Issuer: ca})
				if err := server.Put(ctx, fmt.Sprintf("d%d/%s", n%50, name), pair.Safe()); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
		})
	}
	group.Wait()
	return failed
}

func (b *bench) countRequests(ctx context.Context, root string, env []string) error {
	out, err := b.scan(ctx, root, env...).Output()
	var r report.Report
	if len(out) == 0 {
		return err
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return err
	}
	fmt.Printf("| requests for that | %d, one per secret | %d | %.3f |\n",
		r.Reference.Secrets, r.Reference.Requests, float64(r.Reference.Requests)/float64(r.Reference.Secrets))
	return nil
}
