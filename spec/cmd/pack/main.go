// Command pack makes the same release.tgz as `bosh create-release`, with the same
// library, where the BOSH CLI is not installed. scripts/release calls it.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	var r request
	flag.StringVar(&r.dir, "dir", "", "`directory` of the release")
	flag.StringVar(&r.output, "output", "", "`file` to write")
	flag.StringVar(&r.version, "version", "", "the release's version")
	flag.StringVar(&r.commit, "commit", "", "the commit that is packed")
	flag.BoolVar(&r.uncommitted, "uncommitted", false, "there are uncommitted changes")
	flag.Parse()

	if err := r.pack(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}
