package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"cert-health/internal/scenario"
)

// coldScan is the tree of a place where everything is colocated on one VM.
func (b *bench) coldScan(ctx context.Context) error {
	root := filepath.Join(b.dir, "large")
	if err := writeTree(root, 110, 100, 5000, 4300); err != nil {
		return err
	}
	return b.compare("cold scan of 5,000 certificates in 11,000 files (48 MB)",
		func() *exec.Cmd { return b.self(ctx, "files:"+root) }, func() *exec.Cmd { return b.scan(ctx, root) })
}

// cellScan is the tree of a Diego cell.
func (b *bench) cellScan(ctx context.Context) error {
	root := filepath.Join(b.dir, "cell")
	if err := writeTree(root, 10, 23, 70, 1200); err != nil {
		return err
	}
	return b.compare("scan of a cell (230 files, 70 certificates), process start included",
		func() *exec.Cmd { return b.self(ctx, "files:"+root) }, func() *exec.Cmd { return b.scan(ctx, root) })
}

// writeTree lays out jobs of as many files each, with certificates spread evenly
// over them and the rest filled with text, to a mean size of a file.
func writeTree(root string, jobs, files, certificates, size int) error {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	vm := scenario.VM{Deployment: "bench", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{}}
	filler := strings.Repeat("some.property: a value of no importance, as configuration has them\n", size/66)
	total, written := jobs*files, 0
	for n := range total {
		contents := filler
		if (n+1)*certificates/total > written {
			name := fmt.Sprintf("c%d.service.internal", n)
			pem := scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}, Issuer: ca}).CertPEM()
			contents = pem + filler[:max(0, len(filler)-len(pem))]
			written++
		}
		job := fmt.Sprintf("job-%03d", n/files)
		if vm.Jobs[job] == nil {
			vm.Jobs[job] = scenario.Files{}
		}
		vm.Jobs[job][fmt.Sprintf("config/file-%03d.yml", n%files)] = contents
	}
	return vm.Write(root)
}
