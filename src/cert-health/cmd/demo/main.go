// Command demo replays the incident with real parts: a real Vault, filled as
// `safe` fills it, three VMs' job trees, and the built cert-health scanning each.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var d demo
	flag.StringVar(&d.program, "cert-health", "bin/cert-health", "the built `program`")
	flag.StringVar(&d.vault, "vault", "", "the Vault `program` to start in dev mode")
	flag.BoolVar(&d.keep, "keep", false, "leave Vault and the trees for a look around")
	rep := flag.String("rep", "", "be the cell's rep, with the certificate and key that begin with this `path`")
	flag.Parse()
	if *rep != "" {
		fmt.Fprintln(os.Stderr, "rep:", serve(ctx, *rep))
		os.Exit(1)
	}
	if err := d.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
