// Command cert-health finds the certificates in a BOSH VM's job files, and reports which
// of them are expired, about to expire, or different from Vault's.
package main

import (
	"context"
	"os"
	"runtime/debug"
)

// gcPercent costs a little CPU time and saves a third of the memory, which the other
// processes of the VM need more.
const gcPercent = 40

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(context.Background(), os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}))
}
