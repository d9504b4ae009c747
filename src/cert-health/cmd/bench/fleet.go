package main

import (
	"context"
	"os"
	"path/filepath"

	"cert-health/cmd/bench/fleet"
)

// fleet simulates many VMs that use one Vault. Fewer garbage collections save time, in this
// program and in Vault, which has the same environment.
func (b *bench) fleet(ctx context.Context) error {
	dir := filepath.Join(b.dir, "fleet")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return b.inChild(ctx, "fleet:"+dir, "GOGC=200")
}

func (b *bench) runFleet(ctx context.Context, dir string) error {
	return fleet.Run(ctx, fleet.Options{
		Vault: b.vault, Dir: dir, Agents: b.agents, Secrets: b.secrets, Out: os.Stdout,
		// The program is in bin/; the policy is the one for operators.
		Policy: filepath.Join(filepath.Dir(b.vault), "..", "manifests", "vault-policy-agent.hcl"),
	})
}
