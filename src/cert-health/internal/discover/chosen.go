package discover

import (
	"os"
	"path"
	"strings"
)

// chosen scans the files and directories of Options.Only.
func (s *scan) chosen() error {
	s.linked = map[string]bool{}
	for _, vmPath := range s.options.Only {
		if vmPath = path.Clean(vmPath); vmPath != JobsDir {
			s.tree(jobOf(vmPath), vmPath)
			continue
		}
		jobs, err := s.jobs()
		if err != nil {
			return err
		}
		s.allJobs(jobs)
	}
	return nil
}

// jobOf returns the job to which a path belongs, or "" outside the jobs' directory.
func jobOf(vmPath string) string {
	below, ok := strings.CutPrefix(vmPath, JobsDir+"/")
	if !ok {
		return ""
	}
	job, _, _ := strings.Cut(below, "/")
	return job
}

// link scans the file that a link leads to, if files are chosen: a directory of an operator, such
// as /etc/letsencrypt/live, may consist of links. It scans each target once, and none that the
// scan finds at its own place. It ignores links to directories, which may form a loop.
func (s *scan) link(job, vmPath string) {
	if s.linked == nil {
		return
	}
	target, err := s.resolve(vmPath)
	if err != nil || s.linked[target] || s.isChosen(target) {
		return
	}
	if info, err := os.Stat(target); err != nil || !info.Mode().IsRegular() {
		return
	}
	s.linked[target] = true
	s.single(job, vmPath, target)
}

// isChosen tells whether a file of this machine is one of the chosen files, or below a chosen
// directory.
func (s *scan) isChosen(target string) bool {
	for _, vmPath := range s.options.Only {
		if top, err := s.resolve(vmPath); err == nil && (target == top || strings.HasPrefix(target, strings.TrimSuffix(top, "/")+"/")) {
			return true
		}
	}
	return false
}
