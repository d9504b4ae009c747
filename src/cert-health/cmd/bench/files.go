package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"

	"cert-health/internal/scenario"
)

// coldScan measures a scan of the tree of a VM that has all jobs of a platform.
func (b *bench) coldScan(ctx context.Context) error {
	root := filepath.Join(b.dir, "large")
	if err := (tree{jobs: 110, files: 100, certificates: 5000, size: 4300}).write(root); err != nil {
		return err
	}
	return b.compare("cold scan of 5,000 certificates in 11,000 files (48 MB)",
		func() *exec.Cmd { return b.self(ctx, "files:"+root) }, func() *exec.Cmd { return b.scan(ctx, root) })
}

// cellScan measures a scan of the tree of a Diego cell, and the cost of comparing private
// keys with certificates.
func (b *bench) cellScan(ctx context.Context) error {
	root, keyless := filepath.Join(b.dir, "cell"), filepath.Join(b.dir, "keyless")
	cell := tree{jobs: 10, files: 23, certificates: 70, keys: 35, size: 1200}
	if err := cell.write(root); err != nil {
		return err
	}
	cell.keys = 0
	if err := cell.write(keyless); err != nil {
		return err
	}
	ours := func() *exec.Cmd { return b.scan(ctx, root) }
	if err := b.compare("scan of a cell (230 files, 70 certificates, 35 private keys), process start included",
		func() *exec.Cmd { return b.self(ctx, "files:"+root) }, ours); err != nil {
		return err
	}
	return b.compare("the same; the floor is ours without the keys", func() *exec.Cmd { return b.scan(ctx, keyless) }, ours)
}

// tree describes the files of a VM's jobs: the number of jobs and of files per job, the
// certificates, which are spread evenly over the files, and the mean size of a file; text
// fills the rest. Each key is beside its certificate, and a configuration names both.
type tree struct{ jobs, files, certificates, keys, size int }

func (t tree) write(root string) error {
	ca := scenario.Issue(scenario.Spec{CommonName: "ca", CA: true})
	vm := scenario.VM{Deployment: "bench", Group: "cell", ID: "0", Jobs: map[string]scenario.Files{}}
	filler := strings.Repeat("some.property: a value of no importance, as configuration has them\n", t.size/66)
	total, certificates, keys := t.jobs*t.files, 0, 0
	var waiting []file
	for n := range total {
		next := file{job: fmt.Sprintf("job-%03d", n/t.files), name: fmt.Sprintf("config/file-%03d", n%t.files)}
		switch {
		case (n+1)*t.certificates/total > certificates:
			name := fmt.Sprintf("c%d.service.internal", n)
			pair := scenario.Issue(scenario.Spec{CommonName: name, SANs: []string{name, "127.0.0.1"}, Issuer: ca})
			certificates++
			if certificates*t.keys/t.certificates > keys {
				keys++
				waiting = append(waiting, file{next.job, next.name + ".key", pair.KeyPEM()}, next.naming())
			}
			next.name, next.contents = next.name+".crt", pair.CertPEM()
		case len(waiting) > 0:
			next, waiting = waiting[0], waiting[1:]
		default:
			next.name += ".yml"
		}
		if vm.Jobs[next.job] == nil {
			vm.Jobs[next.job] = scenario.Files{}
		}
		vm.Jobs[next.job][next.name] = next.contents + filler[:max(0, len(filler)-len(next.contents))]
	}
	return vm.Write(root)
}

// file is one file of a job.
type file struct{ job, name, contents string }

// naming returns a configuration that names a certificate and its key.
func (f file) naming() file {
	path := "/var/vcap/jobs/" + f.job + "/" + f.name
	return file{f.job, f.name + ".yml", fmt.Sprintf("tls:\n  cert_file: %s.crt\n  key_file: %s.key\n", path, path)}
}
