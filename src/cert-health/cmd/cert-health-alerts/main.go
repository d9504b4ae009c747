// Command cert-health-alerts is the plugin of the Health Monitor: it sends notices about the
// alerts of all agents. It is a program of its own because text/template, with its reflection,
// would make the agent, which is on every VM, larger by 3 MB.
package main

import (
	"context"
	"io"
	"os"
	"runtime/debug"
)

// version is set by the build.
var version = "dev"

// gcPercent saves a third of the memory and costs a little CPU time.
const gcPercent = 40

// The exit codes. The Health Monitor does not start a plugin again that exited with 0, so that
// code is used only at the end of the input.
const (
	exitOK     = 0
	exitFailed = 2
)

// console is the standard streams of the program.
type console struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	debug.SetGCPercent(gcPercent)
	os.Exit(run(context.Background(), os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr}))
}
