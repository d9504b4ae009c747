// Command fleetbench measures what a fleet of agents costs the hub, and prints tables in Markdown. It
// simulates the agents: each has an address of its own on loopback, resumes its own TLS sessions, and
// sends the reports of a Diego cell. The hub is the built program in a process of its own. The floor is
// a server of the same program that reads the same requests over the same TLS, and answers nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"cert-health/hub/internal/db/dbtest"
)

// bench are the flags.
type bench struct {
	hub       string        // the program
	vms       int           // how many agents
	minute    time.Duration // in which each agent sends one heartbeat
	rotation  time.Duration // in which each agent sends a new report
	databases string
	serve     string // used by fleetbench itself: the address of the floor
	work      string // the directory with the certificates
	out       io.Writer
}

func main() {
	b := bench{out: os.Stdout}
	flag.StringVar(&b.hub, "hub", "../../bin/cert-health-hub", "the program cert-health-hub")
	flag.IntVar(&b.vms, "vms", 10_000, "number of VMs")
	flag.DurationVar(&b.minute, "minute", time.Minute, "time in which each agent sends one heartbeat")
	flag.DurationVar(&b.rotation, "rotation", time.Minute, "time in which each agent sends a new report")
	flag.StringVar(&b.databases, "databases", "sqlite,postgres", "the databases to measure")
	flag.StringVar(&b.serve, "serve", "", "used by fleetbench itself: serve as the floor at this address")
	flag.StringVar(&b.work, "dir", "", "used by fleetbench itself: the directory with the certificates")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := b.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fleetbench:", err)
		os.Exit(2)
	}
}

func (b *bench) run(ctx context.Context) (err error) {
	if b.serve != "" {
		return serveFloor(ctx, b.serve, b.work)
	}
	if b.hub, err = filepath.Abs(b.hub); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "fleetbench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.work)) }()
	keys, err := newKeys(b.work)
	if err != nil {
		return err
	}
	b.say("%d VMs, each with a report of %d certificates at %d places.", b.vms, certificates, placements)
	floors, err := b.measureFloor(ctx, keys)
	if err != nil {
		return err
	}
	for _, kind := range strings.FieldsFunc(b.databases, func(r rune) bool { return r == ',' }) {
		if err := b.measureOn(ctx, kind, keys, floors); err != nil {
			return fmt.Errorf("on %s: %w", kind, err)
		}
	}
	return nil
}

func (b *bench) say(format string, values ...any) { _, _ = fmt.Fprintf(b.out, format+"\n", values...) }

// measureOn measures the hub on one kind of database.
func (b *bench) measureOn(ctx context.Context, kind string, keys *keys, floors floors) (err error) {
	store := database{kind: kind, url: "sqlite:" + filepath.Join(b.work, "hub.db"), file: filepath.Join(b.work, "hub.db")}
	if kind == "postgres" {
		server, err := dbtest.Start(ctx)
		if errors.Is(err, dbtest.ErrNotInstalled) {
			b.say("\n%s", err)
			return nil
		}
		if err != nil {
			return err
		}
		defer func() { _ = server.Close() }()
		if store.url, err = server.NewDatabase(ctx); err != nil {
			return err
		}
	}
	hub, err := newHub(b.hub, b.work, store, keys)
	if err != nil {
		return err
	}
	defer hub.kill()
	m := &measuring{bench: b, hub: hub, store: store, floors: floors, fleet: newFleet(b.vms, hub.agents, keys)}
	return m.run(ctx)
}
