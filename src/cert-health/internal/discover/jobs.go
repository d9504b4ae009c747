package discover

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	securejoin "github.com/cyphar/filepath-securejoin"
)

// JobsDir is where BOSH puts the links to the jobs of a VM.
const JobsDir = "/var/vcap/jobs"

// ErrNothing is returned when there is nothing to scan.
var ErrNothing = errors.New("nothing to scan")

func (s *scan) allJobs(jobs []string) {
	for _, job := range jobs {
		s.tree(job, path.Join(JobsDir, job))
	}
}

// jobs lists the names in the jobs' directory, sorted.
func (s *scan) jobs() ([]string, error) {
	dir, err := s.resolve(JobsDir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %s", JobsDir, cause(err))
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no %s", ErrNothing, dir)
	case err != nil:
		return nil, fmt.Errorf("list %s: %s", dir, cause(err))
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() || entry.Type()&fs.ModeSymlink != 0 {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// resolve resolves a path of the VM below the root. Absolute links stay below the root.
func (s *Scanner) resolve(vmPath string) (string, error) {
	return Resolve(s.options.Root, vmPath)
}

// Resolve returns where a path of the VM is on this machine. Links stay below the root, which
// must be an absolute path.
func Resolve(root, vmPath string) (string, error) {
	return securejoin.SecureJoin(root, vmPath)
}
