// Command cert-health-alerts is the plugin that the Health Monitor runs: it tells people
// what all VMs report of their certificates. It is a program of its own because it takes
// templates: their reflection keeps so much alive that the agent, on every VM, would be
// larger by 3 MB.
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"
)

// version is stamped by the build.
var version = "dev"

// gcPercent trades a little of the processor for a third of the memory.
const gcPercent = 40

// The exit codes. The Health Monitor takes the first for the end of all work: it is
// kept for the end of the input.
const (
	exitWell   = 0
	exitFailed = 2
)

// console is the world outside of the program.
type console struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(context.Background(), os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
