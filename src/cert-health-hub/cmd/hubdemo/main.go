// Command hubdemo plays the last acts of the demo. The hub looks at the demo's Vault, at TLS servers, and
// at stand-ins for CredHub, the Director and Ops Manager; then agents report to it. The command line shows
// the same answers as the pages.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var a act
	flag.StringVar(&a.hub, "hub", "bin/cert-health-hub", "the hub's `program`")
	flag.StringVar(&a.client, "cert-health", "bin/cert-health", "the `program` with the operator's commands")
	flag.StringVar(&a.dir, "dir", "", "the `directory` of the demo")
	flag.BoolVar(&a.keep, "keep", false, "leave the hub running, to look around")
	stage := flag.Bool("stage", false, "run the servers that the hub looks at and the agents, and print where they are")
	flag.Parse()
	run := a.play
	if *stage {
		run = func(ctx context.Context) error { return serveStage(ctx, a.dir) }
	}
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "hubdemo:", err)
		os.Exit(1)
	}
}

// serveStage runs the servers and the agents until the context ends.
func serveStage(ctx context.Context, dir string) error {
	s, err := newStage(dir)
	if err != nil {
		return err
	}
	defer s.close()
	if err := json.NewEncoder(os.Stdout).Encode(s.Places); err != nil {
		return err
	}
	s.speak(ctx)
	return nil
}
