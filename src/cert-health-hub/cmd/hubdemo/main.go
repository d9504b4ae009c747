// Command hubdemo is the last act of the demo: the hub looks at the demo's Vault, at TLS servers, and
// at stand-ins for CredHub, the Director and Ops Manager. It shows the same answers by the command
// line as on the page.
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
	stage := flag.Bool("stage", false, "run the servers that the hub looks at, and print where they are")
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

// serveStage runs the servers until the context ends, or until standard input ends.
func serveStage(ctx context.Context, dir string) error {
	s, err := newStage(dir)
	if err != nil {
		return err
	}
	defer s.close()
	if err := json.NewEncoder(os.Stdout).Encode(s.Places); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
