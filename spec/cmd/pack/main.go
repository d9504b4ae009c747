// Command pack makes the same release.tgz as `bosh create-release`, by the same
// packages, where the BOSH CLI is not installed. scripts/release calls it.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var r request
	flag.StringVar(&r.dir, "dir", "", "`folder` of the release")
	flag.StringVar(&r.output, "output", "", "`file` to write")
	flag.StringVar(&r.version, "version", "", "the release's version")
	flag.StringVar(&r.commit, "commit", "", "the commit it is made of")
	flag.BoolVar(&r.uncommitted, "uncommitted", false, "it is made of more than that commit")
	flag.Parse()

	if err := r.pack(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}
