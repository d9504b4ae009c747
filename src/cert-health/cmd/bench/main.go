// Command bench measures cert-health against the floor: the least that anybody
// could do for the same result, run on the same tree and the same Vault in the
// same run. Every figure is a median of several rounds in processes of their own,
// so that peak memory is that of the work alone. What a whole fleet asks of one Vault
// it finds out by a simulation.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var b bench
	var floor, measured, work string
	flag.StringVar(&b.program, "cert-health", "bin/cert-health", "the built `program`")
	flag.StringVar(&b.vault, "vault", "bin/devvault", "the Vault `program` to start in dev mode")
	flag.IntVar(&b.rounds, "rounds", 7, "rounds of each measurement")
	flag.StringVar(&floor, "floor", "", "do the floor's work and nothing else: files:DIR or vault:MOUNT (used by bench itself)")
	flag.StringVar(&measured, "measure", "", "run this program and print its cost (used by bench itself)")
	flag.StringVar(&work, "work", "", "measure this in this process: rescan:DIR, idle:DIR, look: or fleet:DIR (used by bench itself)")
	flag.StringVar(&b.only, "only", "", "measure this alone: table or fleet")
	flag.IntVar(&b.agents, "agents", 1000, "VMs of the fleet")
	flag.IntVar(&b.secrets, "secrets", 5000, "secrets of the fleet's Vault")
	flag.Parse()
	run := b.run
	if work != "" {
		run = func(ctx context.Context) error { return b.runWork(ctx, work) }
	}
	if measured != "" {
		run = func(context.Context) error { return runMeasured(measured, flag.Args()) }
	}
	if floor != "" {
		run = func(ctx context.Context) error { return runFloor(ctx, floor) }
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	program string
	vault   string
	rounds  int
	only    string
	agents  int
	secrets int
	dir     string
}

func (b *bench) run(ctx context.Context) error {
	var err error
	if b.program, err = filepath.Abs(b.program); err != nil {
		return err
	}
	if b.vault, err = filepath.Abs(b.vault); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "cert-health-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)

	switch b.only {
	case "":
		if err := b.table(ctx); err != nil {
			return err
		}
		fmt.Println()
		return b.fleet(ctx)
	case "table":
		return b.table(ctx)
	case "fleet":
		return b.fleet(ctx)
	}
	return fmt.Errorf("-only %s is neither table nor fleet", b.only)
}

// table compares single programs with the floor.
func (b *bench) table(ctx context.Context) error {
	fmt.Println("| work | floor | ours | ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, measure := range []func(context.Context) error{b.coldScan, b.rescan, b.cellScan, b.idleDay, b.look, b.vaultIndex, b.binary} {
		if err := measure(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) binary(context.Context) error {
	info, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	fmt.Printf("| binary | 6.6 MB (vault/api, bosh-utils and yaml.v3 alone) | %.1f MB | %.2f |\n",
		float64(info.Size())/1e6, float64(info.Size())/6.6e6)
	return nil
}
