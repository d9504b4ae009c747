// Command cert-health finds the certificates in a BOSH VM's job files and tells
// which of them are expired, about to expire, or not what Vault holds.
package main

import (
	"context"
	"os"
	"runtime/debug"
)

// gcPercent trades a little of the processor for a third of the memory: this
// program lives beside others that need it more.
const gcPercent = 40

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(context.Background(), os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv}))
}
