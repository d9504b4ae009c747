package served

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	securejoin "github.com/cyphar/filepath-securejoin"
)

// checkProcess matches the name of a process and its pidfile in a monit file, on the same
// line or on two.
var checkProcess = regexp.MustCompile(`(?m)^[^#\n]*\bcheck\s+process\s+["']?([^\s"']+)["']?\s+(?:with\s+)?pidfile\s+["']?([^\s"']+)`)

// monitEntry is what a monit file says about a process.
type monitEntry struct {
	job   string
	monit string // the name of the process in monit
	// own says that the pidfile is in the job's directory of such files.
	own bool
}

// over decides between two entries about one process. Another job's monit file may name any
// process: the job's own directory of pidfiles decides, and without it neither job has the process.
func (e monitEntry) over(other monitEntry) monitEntry {
	switch {
	case e.job == other.job, e.own && !other.own:
		return e
	case other.own && !e.own:
		return other
	}
	return monitEntry{own: e.own}
}

// runDir has a directory for the pidfiles of each job.
const runDir = "/var/vcap/sys/run"

// clockDifference is how much later than its pidfile a process may seem to have started: the
// two times come from different clocks. A process that started even later has reused the
// number of the process that the pidfile is about.
const clockDifference = time.Minute

// pidfiles returns the processes that the monit files of the jobs name.
func (t *table) pidfiles() (map[int]monitEntry, []Problem) {
	processes := map[int]monitEntry{}
	dir, err := securejoin.SecureJoin(t.root, jobsDir)
	if err != nil {
		return nil, []Problem{{What: jobsDir, Reason: cause(err)}}
	}
	entries, err := os.ReadDir(dir)
	if absent(err) {
		return nil, nil // not a BOSH VM
	}
	var problems []Problem
	if err != nil {
		problems = append(problems, Problem{What: jobsDir, Reason: cause(err)})
	}
	for _, job := range entries {
		for _, file := range t.monitFiles(job.Name()) {
			if t.ctx.Err() != nil {
				return nil, problems
			}
			contents, err := t.file(file)
			if err != nil {
				problems = append(problems, Problem{What: file, Reason: cause(err)})
			}
			for _, match := range checkProcess.FindAllStringSubmatch(contents, maxEntries) {
				pid := t.pid(match[2])
				if pid <= 0 {
					continue
				}
				entry := monitEntry{job.Name(), match[1], path.Dir(path.Clean(match[2])) == path.Join(runDir, job.Name())}
				if other, known := processes[pid]; known {
					entry = entry.over(other)
				}
				processes[pid] = entry
			}
		}
	}
	return processes, problems
}

// monitFiles returns a job's monit files: monit, and *.monit.
func (t *table) monitFiles(job string) []string {
	dir, err := securejoin.SecureJoin(t.root, path.Join(jobsDir, job))
	if err != nil {
		return nil
	}
	entries, _ := os.ReadDir(dir) // discover reports directories that cannot be listed
	var files []string
	for _, entry := range entries {
		if len(files) == maxMonitFiles {
			break
		}
		if name := entry.Name(); entry.Type().IsRegular() && (name == "monit" || strings.HasSuffix(name, ".monit")) {
			files = append(files, path.Join(jobsDir, job, name))
		}
	}
	return files
}

// pid returns the process that a pidfile names; 0 if there is none, or it has ended.
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
	if err != nil || process == nil || process.Started.After(info.ModTime().Add(clockDifference)) {
		return 0
	}
	return pid
}

// stat and file take a path as processes on the VM see it.
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
	// A job may put a pipe in place of the file, or a file that does not end.
	file, err := os.OpenFile(real, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return "", errors.Join(err, errIrregular)
	}
	contents, err := io.ReadAll(io.LimitReader(file, maxMonitFile))
	return string(contents), err
}

var errIrregular = errors.New("it is not a regular file")

const (
	// maxMonitFile limits what is read of a monit file or a pidfile, in bytes. monit files have one
	// or two kilobytes.
	maxMonitFile = 64 << 10
	// maxMonitFiles and maxEntries limit the monit files of a job, and the processes in one of them.
	maxMonitFiles = 50
	maxEntries    = 50
)
