package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// VM is a BOSH instance that is written to disk.
type VM struct {
	Deployment string
	Group      string
	ID         string
	AZ         string
	Jobs       map[string]Files
}

// Files are a job's rendered files: relative path to contents.
type Files map[string]string

// Write writes the files of the VM below root as bosh-agent does: every job is a link to a
// directory with a digest as its name, and only root and the group can read files. Writing
// again is a deploy: it makes a new digest and replaces the link.
func (vm VM) Write(root string) error {
	instance := map[string]string{"deployment": vm.Deployment, "name": vm.Group, "id": vm.ID, "az": vm.AZ}
	for name, value := range instance {
		if value == "" {
			continue
		}
		if err := writeFile(filepath.Join(root, "var/vcap/instance", name), value, 0o644); err != nil {
			return err
		}
	}
	for job, files := range vm.Jobs {
		if err := writeJob(root, job, files); err != nil {
			return fmt.Errorf("write job %s: %w", job, err)
		}
	}
	return nil
}

// Paste overwrites the deployed files of the jobs below root, as an operator on the VM does.
func (vm VM) Paste(root string) error {
	for job, files := range vm.Jobs {
		target, err := os.Readlink(filepath.Join(root, "var/vcap/jobs", job))
		if err != nil {
			return err
		}
		for name, contents := range files {
			if err := os.WriteFile(filepath.Join(root, target, name), []byte(contents), 0o640); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeJob(root, job string, files Files) error {
	digest := files.digest()
	for name, contents := range files {
		mode := os.FileMode(0o640)
		if strings.HasPrefix(name, "bin/") {
			mode = 0o750
		}
		path := filepath.Join(root, "var/vcap/data/jobs", job, digest, name)
		if err := writeFile(path, contents, mode); err != nil {
			return err
		}
	}
	link := filepath.Join(root, "var/vcap/jobs", job)
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		return err
	}
	// Absolute, as on a VM: the reader of the tree must stay below the root.
	target := "/" + filepath.Join("var/vcap/data/jobs", job, digest)
	if err := os.Remove(link); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Symlink(target, link)
}

func (f Files) digest() string {
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	sort.Strings(names)
	hash := sha256.New()
	for _, name := range names {
		fmt.Fprintf(hash, "%s\x00%s\x00", name, f[name])
	}
	return hex.EncodeToString(hash.Sum(nil))[:40]
}

func writeFile(path, contents string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(contents), mode)
}
