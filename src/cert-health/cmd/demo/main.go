// Command demo replays the incident with real parts: a Vault that is filled as
// `safe` fills it, the job trees of three VMs, and the cert-health program, which
// scans each tree. The last act is a program of the hub's module. The first act needs
// neither Vault nor the hub, which are built meanwhile.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"cert-health/internal/vault/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var d demo
	flag.StringVar(&d.program, "cert-health", "bin/cert-health", "the `program` that scans")
	flag.StringVar(&d.vault, "vault", "", "the Vault `program` to start in dev mode")
	flag.StringVar(&d.buildProgram, "build", "", "a `program` that builds the programs of the later acts; it runs during the first act")
	flag.StringVar(&d.hub, "hub", "", "a `program` that plays the act of the hub; empty leaves it out")
	flag.BoolVar(&d.keep, "keep", false, "leave Vault and the trees running, to look around")
	rep := flag.String("rep", "", "run as the cell's rep, with the certificate `PATH`.crt and the key PATH.key")
	flag.Parse()
	if *rep != "" {
		fmt.Fprintln(os.Stderr, "rep:", serve(ctx, *rep))
		os.Exit(1)
	}
	// The operator's Vault must not be used: with VAULT_AGENT_ADDR, the demo would write to it.
	variables, err := client.DropEnvironment()
	d.variables = variables
	if err == nil {
		err = d.run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}
