// Command hubbench measures what the hub costs, and prints the rows of a table in Markdown: work, time,
// CPU and peak memory, each the median of several runs.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"cert-health/internal/scenario"
)

// bench are the flags.
type bench struct {
	vault   string
	secrets int
	rounds  int
	work    string
}

func main() {
	var b bench
	flag.StringVar(&b.vault, "vault", "", "the program devvault; empty: bin/devvault of this project")
	flag.IntVar(&b.secrets, "secrets", 5000, "number of secrets in Vault")
	flag.IntVar(&b.rounds, "rounds", 3, "number of runs of each work")
	flag.StringVar(&b.work, "work", "", "used by hubbench itself: what to do in a process of its own")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := b.run(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, "hubbench:", err)
		os.Exit(2)
	}
}

func (b *bench) run(ctx context.Context) error {
	if b.work != "" {
		return b.child(ctx)
	}
	if b.vault != "" { // Vault starts in a directory of its own
		absolute, err := filepath.Abs(b.vault)
		if err != nil {
			return err
		}
		b.vault = absolute
	}
	dir, err := os.MkdirTemp("", "hubbench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	server, err := scenario.StartDevVault(ctx, scenario.DevVaultOptions{Program: b.vault, Dir: dir})
	if err != nil {
		return err
	}
	defer server.Stop()
	env := append(os.Environ(), "VAULT_ADDR="+server.Address, "VAULT_TOKEN="+server.Token)
	if err := b.start(ctx, "fill", dir, env).Run(); err != nil {
		return fmt.Errorf("fill Vault: %w", err)
	}
	fmt.Println("| work | time | of the floor | CPU | peak memory | requests |\n| --- | --- | --- | --- | --- | --- |")
	var floor int64
	for _, row := range rows {
		if err := b.measure(ctx, row, dir, env, &floor); err != nil {
			return err
		}
	}
	return nil
}

// row is one work that is measured.
type row struct{ work, title string }

var rows = []row{
	{"floor", "the floor: %d secrets of a Vault read by vault/api and discarded"},
	{"collect", "the same secrets read for the hub"},
	{"again", "the same, unchanged"},
	{"hub", "%d secrets read, saved, and in the catalog"},
	{"hubagain", "the same, unchanged, by a hub that restarts"},
}

// figure is the cost of one run. The child prints it.
type figure struct {
	wall, cpu time.Duration
	peak      int64 // peak resident set, in bytes
	requests  int
}

func (b *bench) start(ctx context.Context, work, dir string, env []string) *exec.Cmd {
	command := exec.CommandContext(ctx, os.Args[0], "-work", work, "-secrets", strconv.Itoa(b.secrets))
	command.Env, command.Dir, command.Stderr = env, dir, os.Stderr
	return command
}

// measure prints the medians of several runs. The first row is the floor of the others.
func (b *bench) measure(ctx context.Context, r row, dir string, env []string, floor *int64) error {
	var figures []figure
	for round := range b.rounds {
		into := filepath.Join(dir, strconv.Itoa(round))
		if err := os.MkdirAll(into, 0o700); err != nil {
			return err
		}
		out, err := b.start(ctx, r.work, into, env).Output()
		if err != nil {
			return fmt.Errorf("%s: %w", r.work, err)
		}
		var f figure
		if _, err := fmt.Sscan(string(out), (*int64)(&f.wall), (*int64)(&f.cpu), &f.peak, &f.requests); err != nil {
			return fmt.Errorf("%s: %w", r.work, err)
		}
		figures = append(figures, f)
	}
	title := r.title
	if strings.Contains(title, "%d") {
		title = fmt.Sprintf(title, b.secrets)
	}
	wall := median(figures, func(f figure) int64 { return f.wall.Milliseconds() })
	if *floor == 0 {
		*floor = wall
	}
	fmt.Printf("| %s | %d ms | %.2f | %d ms | %.1f MB | %d |\n", title, wall, float64(wall)/float64(*floor),
		median(figures, func(f figure) int64 { return f.cpu.Milliseconds() }),
		float64(median(figures, func(f figure) int64 { return f.peak }))/1e6, median(figures, func(f figure) int64 { return int64(f.requests) }))
	return nil
}

func median(figures []figure, of func(figure) int64) int64 {
	var values []int64
	for _, f := range figures {
		values = append(values, of(f))
	}
	slices.Sort(values)
	return values[len(values)/2]
}
