package repair

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"cert-health/internal/discover"
)

// Process is a process of a job that monit restarts.
type Process struct {
	Job     string `json:"job"`
	Name    string `json:"name"`              // in monit
	PIDFile string `json:"pidfile,omitempty"` // as the VM sees it; empty if monit finds the process in another way
}

const (
	// maxMonitFile is how much of a monit file is read, in bytes.
	maxMonitFile = 64 << 10
	// maxProcesses is the number of processes of one job.
	maxProcesses = 50
)

var (
	// checkProcess is the beginning of a process in a monit file: its name, and its pidfile if it has one.
	checkProcess = regexp.MustCompile(`(?m)^[^#\n]*\bcheck\s+process\s+["']?([A-Za-z0-9_.][^\s"']*)["']?(?:\s+(?:with\s+)?pidfile\s+["']?([^\s"']+))?`)
	dependsOn    = regexp.MustCompile(`(?m)^[^#\n]*\bdepends\s+on\s+([^\n]+)`)
)

// restarts lists the processes of the jobs whose files change, and of the jobs that name these files. Those that others
// depend on come first.
func (p *preparation) restarts() {
	var jobs []string
	for _, f := range p.repair.Files {
		jobs = append(jobs, f.Job)
		for i := range p.vm.Files {
			other := &p.vm.Files[i]
			for _, m := range other.Clues.Mentions {
				if m.Path == f.Path && other.Job != "" {
					jobs = append(jobs, other.Job)
				}
			}
		}
	}
	for _, f := range p.repair.Files {
		if name := path.Base(f.Path); path.Base(path.Dir(f.Path)) == "bin" && name == "pre-start" {
			p.warn("%s is a script that BOSH runs before monit starts the job: what it writes is new only after you run it by hand", f.Path)
		}
	}
	var order dependencies
	done := map[string]bool{}
	for _, job := range jobs {
		if done[job] {
			continue
		}
		done[job] = true
		list := processesOf(p.vm.Root, job, &order)
		if len(list) == 0 {
			p.warn("the job %s has no process in monit: restart by hand what uses its files", job)
		}
		p.repair.Restarts = append(p.repair.Restarts, list...)
	}
	p.repair.Restarts = order.sort(p.repair.Restarts)
}

// dependencies are, for the name of a process, those that it depends on.
type dependencies map[string][]string

// sort puts each process behind those that it depends on, and keeps the order otherwise.
func (d dependencies) sort(list []Process) (sorted []Process) {
	for len(list) > 0 {
		at := slices.IndexFunc(list, func(p Process) bool {
			return !slices.ContainsFunc(list, func(other Process) bool { return other.Name != p.Name && slices.Contains(d[p.Name], other.Name) })
		})
		at = max(at, 0) // a circle, which monit refuses
		sorted = append(sorted, list[at])
		list = slices.Delete(slices.Clone(list), at, at+1)
	}
	return sorted
}

// processesOf reads the monit files of a job.
func processesOf(root, job string, order *dependencies) (list []Process) {
	dir, err := discover.Resolve(root, path.Join(discover.JobsDir, job))
	if err != nil {
		return nil
	}
	opened, err := os.OpenRoot(dir)
	if err != nil {
		return nil
	}
	defer opened.Close()
	entries, _ := os.ReadDir(dir) // without a list there is no process to restart, which is said
	for _, entry := range entries {
		if name := entry.Name(); name != "monit" && !strings.HasSuffix(name, ".monit") {
			continue
		}
		contents, _, err := readIn(opened, entry.Name())
		if err != nil {
			continue
		}
		list = append(list, parseMonit(job, string(contents[:min(len(contents), maxMonitFile)]), order)...)
	}
	return list[:min(len(list), maxProcesses)]
}

func parseMonit(job, text string, order *dependencies) (list []Process) {
	starts := checkProcess.FindAllStringSubmatchIndex(text, maxProcesses)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		process := Process{Job: job, Name: text[at[2]:at[3]]}
		if at[4] >= 0 {
			process.PIDFile = text[at[4]:at[5]]
		}
		list = append(list, process)
		if needs := dependsOn.FindStringSubmatch(text[at[0]:end]); needs != nil {
			if *order == nil {
				*order = dependencies{}
			}
			(*order)[process.Name] = strings.FieldsFunc(needs[1], func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		}
	}
	return list
}
