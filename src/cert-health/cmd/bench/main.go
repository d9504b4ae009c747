// Command bench compares cert-health with the floor: the least work with the same
// result, on the same tree and the same Vault in the same run. Every figure is the
// median of several rounds. Each round is a process of its own, so that its peak
// memory belongs to that work only. A simulation measures the load of a whole fleet
// on one Vault.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"cert-health/cmd/bench/hostile"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var b bench
	var floor, measured, work string
	flag.StringVar(&b.program, "cert-health", "bin/cert-health", "the `program` to measure")
	flag.StringVar(&b.vault, "vault", "bin/devvault", "the Vault `program` to start in dev mode")
	flag.IntVar(&b.rounds, "rounds", 7, "rounds of each measurement")
	flag.StringVar(&floor, "floor", "", "do the floor's work only: files:DIR, lines:FILE or vault:MOUNT (for bench itself)")
	flag.StringVar(&measured, "measure", "", "run this program and print its cost (for bench itself)")
	flag.StringVar(&work, "work", "", "do this work in this process: rescan:DIR, idle:DIR, look:, outdated: or fleet:DIR (for bench itself)")
	flag.StringVar(&b.only, "only", "", "measure only this: table, explain, hostile or fleet")
	flag.StringVar(&b.attack, "attack", "", "measure only the attacks whose names contain this")
	flag.IntVar(&b.agents, "agents", 1000, "number of VMs in the fleet")
	flag.IntVar(&b.secrets, "secrets", 5000, "number of secrets in the fleet's Vault")
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
	attack  string
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
		if err := b.hostile(ctx); err != nil {
			return err
		}
		fmt.Println()
		return b.fleet(ctx)
	case "table":
		return b.table(ctx)
	case "explain":
		return b.explain(ctx)
	case "hostile":
		return b.hostile(ctx)
	case "fleet":
		return b.fleet(ctx)
	}
	return fmt.Errorf("-only %s is not valid: use table, explain, hostile or fleet", b.only)
}

// table compares the single works with the floor.
func (b *bench) table(ctx context.Context) error {
	fmt.Println("| work | floor | ours | ratio |")
	fmt.Println("| --- | --- | --- | --- |")
	for _, measure := range []func(context.Context) error{b.coldScan, b.rescan, b.cellScan, b.idleDay, b.look, b.vaultIndex, b.explain, b.binary} {
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

// hostile measures what attacks cost.
func (b *bench) hostile(ctx context.Context) error {
	dir := filepath.Join(b.dir, "hostile")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return hostile.Run(ctx, hostile.Options{Program: b.program, Self: os.Args[0], Dir: dir, Match: b.attack, Out: os.Stdout})
}
