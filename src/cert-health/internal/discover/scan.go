package discover

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"

	securejoin "github.com/cyphar/filepath-securejoin"

	"cert-health/internal/extract/found"
)

// JobsDir is where BOSH puts the links to the jobs of a VM.
const JobsDir = "/var/vcap/jobs"

// ErrNothing is returned when there is nothing to scan.
var ErrNothing = errors.New("nothing to scan")

// scan is the state of one scan of a Scanner.
type scan struct {
	collector
	*Scanner
	ctx  context.Context
	full bool // MaxFiles is reached
}

func (s *scan) run() error {
	jobs, err := s.jobs()
	if err != nil && len(s.options.Paths) == 0 {
		return err
	}
	for _, job := range jobs {
		s.tree(job, path.Join(JobsDir, job))
	}
	for _, further := range s.options.Paths {
		s.tree("", path.Clean(further))
	}
	s.extras()
	if s.ctx.Err() != nil {
		return fmt.Errorf("scan after %d files: %w", s.inventory.Files.Total(), context.Cause(s.ctx))
	}
	return nil
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
		return nil, fmt.Errorf("%w: there is no %s; set --root to the directory that replaces /", ErrNothing, dir)
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
	return securejoin.SecureJoin(s.options.Root, vmPath)
}

// tree scans one job, or one further file or directory.
func (s *scan) tree(job, vmPath string) {
	if s.done() || s.options.excluded(vmPath) {
		return
	}
	target, err := s.resolve(vmPath)
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: cause(err)})
		return
	}
	if job != "" {
		s.inventory.Trees = append(s.inventory.Trees, target)
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: cause(err)})
	case info.Mode().IsRegular() && job == "":
		s.single(vmPath, target)
	case info.IsDir():
		root, err := os.OpenRoot(target)
		if err != nil {
			s.problem(Problem{Job: job, File: vmPath + "/", Kind: Access, Reason: cause(err)})
			return
		}
		s.directory(root, job, vmPath, 0)
	}
}

// single scans one file that is a further path.
func (s *scan) single(vmPath, target string) {
	root, err := os.OpenRoot(path.Dir(target))
	if err != nil {
		s.problem(Problem{File: vmPath, Kind: Access, Reason: cause(err)})
		return
	}
	defer root.Close()
	info, err := root.Lstat(path.Base(target))
	if err != nil {
		s.problem(Problem{File: vmPath, Kind: kindOf(err), Reason: cause(err)})
		return
	}
	s.file(root, "", fs.FileInfoToDirEntry(info), vmPath)
}

// directory scans everything below one directory and closes it.
func (s *scan) directory(root *os.Root, job, vmPath string, depth int) {
	defer root.Close()
	if depth > maxDepth {
		s.problem(Problem{Job: job, File: vmPath + "/", Kind: Limit,
			Reason: fmt.Sprintf("it is nested deeper than max_depth (%d directories)", maxDepth)})
		return
	}
	entries, err := list(root)
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath + "/", Kind: kindOf(err), Reason: cause(err)})
	}
	for _, entry := range entries {
		if s.done() {
			return
		}
		entryPath := vmPath + "/" + entry.Name()
		switch {
		case s.options.excluded(entryPath):
		case entry.Type().IsRegular():
			s.file(root, job, entry, entryPath)
		case entry.IsDir():
			below, err := root.OpenRoot(entry.Name())
			if err != nil {
				s.problem(Problem{Job: job, File: entryPath + "/", Kind: kindOf(err), Reason: cause(err)})
				continue
			}
			s.directory(below, job, entryPath, depth+1)
		}
	}
}

// list reads the entries of a directory in the order of their names.
func list(root *os.Root) ([]fs.DirEntry, error) {
	return fs.ReadDir(root.FS(), ".")
}

// done tells whether the scan must end. It reports that once.
func (s *scan) done() bool {
	if s.full || s.ctx.Err() != nil {
		return true
	}
	if s.inventory.Files.Total() >= s.options.MaxFiles {
		s.full = true
		s.problem(Problem{File: JobsDir + "/", Kind: Limit, Reason: fmt.Sprintf(
			"there are more files than max_files (%d); the rest was not scanned", s.options.MaxFiles)})
	}
	return s.full
}

// file scans one regular file and counts its one outcome.
func (s *scan) file(root *os.Root, job string, entry fs.DirEntry, vmPath string) {
	before := len(s.inventory.Problems)
	result, err := s.look(root, entry, vmPath)
	if err != nil {
		s.problem(unread(source{job: job, file: vmPath}, err))
	}
	s.take(source{job: job, file: vmPath}, result)
	s.finish(before, result)
}

// finish counts a file, and reports the progress.
func (s *scan) finish(before int, result found.Result) {
	s.book(before, result)
	if total := s.inventory.Files.Total(); s.options.Progress != nil && total%512 == 0 {
		s.options.Progress(total)
	}
}
