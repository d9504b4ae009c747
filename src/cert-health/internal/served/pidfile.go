package served

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	securejoin "github.com/cyphar/filepath-securejoin"
)

// checked is how a monit file names a process and then its pidfile, on the same line or
// the next.
var checked = regexp.MustCompile(`(?m)^[^#\n]*\bcheck\s+process\s+["']?([^\s"']+)["']?\s+(?:with\s+)?pidfile\s+["']?([^\s"']+)`)

// entry is what monit files tell of a process.
type entry struct {
	job   string
	monit string // what monit calls the process
}

// slack is how much later than its pidfile a process may seem to have been started, for
// the two times come from different clocks. One that is later still has a number that
// was another process's before.
const slack = time.Minute

// pidfiles are the processes that the monit files of jobs name.
func (t *table) pidfiles() (map[int]entry, []Problem) {
	processes := map[int]entry{}
	dir, err := securejoin.SecureJoin(t.root, jobsDir)
	if err != nil {
		return nil, []Problem{{What: jobsDir, Reason: cause(err)}}
	}
	entries, err := os.ReadDir(dir)
	if absent(err) {
		return nil, nil // no VM of BOSH
	}
	var problems []Problem
	if err != nil {
		problems = append(problems, Problem{What: jobsDir, Reason: cause(err)})
	}
	for _, job := range entries {
		for _, file := range t.monitFiles(job.Name()) {
			contents, err := t.file(file)
			if err != nil {
				problems = append(problems, Problem{What: file, Reason: cause(err)})
			}
			for _, match := range checked.FindAllStringSubmatch(contents, -1) {
				if pid := t.pid(match[2]); pid > 0 {
					processes[pid] = entry{job.Name(), match[1]}
				}
			}
		}
	}
	return processes, problems
}

// monitFiles are a job's: monit, and what ends so for further ones.
func (t *table) monitFiles(job string) []string {
	dir, err := securejoin.SecureJoin(t.root, path.Join(jobsDir, job))
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(dir) // what cannot be listed, discover has said
	var files []string
	for _, entry := range entries {
		if name := entry.Name(); entry.Type().IsRegular() && (name == "monit" || strings.HasSuffix(name, ".monit")) {
			files = append(files, path.Join(jobsDir, job, name))
		}
	}
	return files
}

// pid is the process that a pidfile names; 0 for none, or none any more.
func (t *table) pid(file string) int {
	info, err := t.stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	contents, err := t.file(file)
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(contents))
	process := t.processes[pid]
	if err != nil || process == nil || process.Started.After(info.ModTime().Add(slack)) {
		return 0
	}
	return pid
}

// stat and file look at a path as the VM sees it.
func (t *table) stat(vmPath string) (fs.FileInfo, error) {
	real, err := securejoin.SecureJoin(t.root, vmPath)
	if err != nil {
		return nil, err
	}
	return os.Stat(real)
}

func (t *table) file(vmPath string) (string, error) {
	real, err := securejoin.SecureJoin(t.root, vmPath)
	if err != nil {
		return "", err
	}
	contents, err := os.ReadFile(real)
	return string(contents), err
}
