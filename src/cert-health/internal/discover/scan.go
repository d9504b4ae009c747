package discover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"cert-health/internal/budget"
	"cert-health/internal/extract/found"
)

// scan is the state of one scan of a Scanner.
type scan struct {
	collector
	*Scanner
	ctx    context.Context
	linked map[string]bool // files that were scanned because of a link; nil to follow no link to a file
}

func (s *scan) run() error {
	files := s.vm
	if len(s.options.Only) > 0 {
		files = s.chosen
	}
	if err := files(); err != nil {
		return err
	}
	s.excesses()
	if s.ctx.Err() != nil {
		return fmt.Errorf("scan after %d files: %w", s.inventory.Files.Total(), context.Cause(s.ctx))
	}
	return nil
}

// vm scans the jobs, the further paths and the further globs.
func (s *scan) vm() error {
	jobs, err := s.jobs()
	if err != nil && len(s.options.Paths) == 0 {
		return err
	}
	s.allJobs(jobs)
	for _, further := range s.options.Paths {
		s.tree("", path.Clean(further))
	}
	s.extras()
	return nil
}

// charge makes a job, or a path outside of the jobs, pay for what is scanned from now on.
func (s *scan) charge(job, vmPath string) {
	if job == "" {
		job = vmPath
	}
	s.account = s.budgets.Of(job)
	s.reader.charge(s.account)
}

// tree scans one job, or one further file or directory.
func (s *scan) tree(job, vmPath string) {
	s.charge(job, vmPath)
	if s.done() || s.options.excluded(vmPath) {
		return
	}
	target, err := s.resolve(vmPath)
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: cause(err)})
		return
	}
	isJob := job != "" && path.Dir(vmPath) == JobsDir
	if isJob {
		s.inventory.Trees = append(s.inventory.Trees, target)
	}
	info, err := os.Stat(target)
	switch {
	case err != nil:
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: cause(err)})
	case info.Mode().IsRegular() && !isJob:
		s.single(job, vmPath, target)
	case info.IsDir():
		root, err := os.OpenRoot(target)
		if err != nil {
			s.problem(Problem{Job: job, File: vmPath + "/", Kind: Access, Reason: cause(err)})
			return
		}
		s.charge(job, vmPath+"/")
		s.directory(root, job, vmPath, 0)
	case !isJob:
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: "it is neither a file nor a directory"})
	}
}

// single scans one file, which its path may reach by links.
func (s *scan) single(job, vmPath, target string) {
	root, err := os.OpenRoot(path.Dir(target))
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath, Kind: Access, Reason: cause(err)})
		return
	}
	defer root.Close()
	info, err := root.Lstat(path.Base(target))
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath, Kind: kindOf(err), Reason: cause(err)})
		return
	}
	s.file(root, job, fs.FileInfoToDirEntry(info), vmPath)
}

// directory scans everything below one directory and closes it.
func (s *scan) directory(root *os.Root, job, vmPath string, depth int) {
	defer root.Close()
	if depth > maxDepth {
		s.problem(Problem{Job: job, File: vmPath + "/", Kind: Limit,
			Reason: fmt.Sprintf("more than %d directories are nested there; the files in it were not read", maxDepth)})
		return
	}
	entries, err := list(root, s.account.Left().Of(budget.Files))
	if err != nil {
		s.problem(Problem{Job: job, File: vmPath + "/", Kind: kindOf(err), Reason: cause(err)})
	}
	for _, entry := range entries {
		entryPath := vmPath + "/" + entry.Name()
		if s.done() || !s.account.Spend(budget.Files, 1+len(entryPath)/pathOfOne) {
			return
		}
		switch {
		case s.options.excluded(entryPath):
		case entry.Type().IsRegular():
			s.file(root, job, entry, entryPath)
		case entry.Type()&fs.ModeSymlink != 0:
			s.link(job, entryPath)
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

// pathOfOne is the length of a path from which on a file counts as more than one: the path of each
// file is kept.
const pathOfOne = 256

// list reads the entries of a directory in the order of their names. It reads one more than
// wanted at most: a directory may have more than fit into memory.
func list(root *os.Root, most int) ([]fs.DirEntry, error) {
	dir, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(most + 1)
	for err == nil && len(entries) <= most {
		var more []fs.DirEntry
		more, err = dir.ReadDir(most + 1 - len(entries))
		entries = append(entries, more...)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// done tells whether the scan of the job must end: its budget is spent, or the context ended.
func (s *scan) done() bool {
	a := s.account
	return s.ctx.Err() != nil || a.Refused(budget.Files) || a.Refused(budget.Bytes) || a.Refused(budget.Certificates)
}

// file scans one regular file and counts its one outcome.
func (s *scan) file(root *os.Root, job string, entry fs.DirEntry, vmPath string) {
	before := s.faults
	result, err := s.look(root, entry, vmPath)
	if err != nil {
		s.unreadable(source{job: job, file: vmPath}, err)
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
