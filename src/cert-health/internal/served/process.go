package served

import (
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/prometheus/procfs"
)

// Process is one process of the VM.
type Process struct {
	PID  int
	Name string // of its program, as the kernel has it: the first 15 letters
	Job  string // the monit or bpm job that it belongs to; empty when to none
	// Monit is what monit calls it, or that one of its ancestors which monit watches; empty
	// when it watches none. A job may have several.
	Monit string
	// Started is when it was started, to a second: a process that is older than
	// its certificate's file has not loaded it, unless it reads again by itself.
	Started time.Time

	parent int
	ticks  uint64 // Started as the kernel counts it: that does not move with the clock
	cgroup string // its path of version 2, from the mount on; empty when unknown
}

// Processes lists the processes of the VM whose folder of / is root, those of its jobs
// and all others. A process that ends meanwhile is left out.
func Processes(root string) ([]Process, []Problem) {
	t := table{root: root}
	problems := t.read()
	processes := make([]Process, 0, len(t.order))
	for _, pid := range t.order {
		processes = append(processes, *t.processes[pid])
	}
	return processes, problems
}

// table is what /proc tells of all processes at one time.
type table struct {
	root      string
	proc      procfs.FS
	booted    time.Time
	order     []int
	processes map[int]*Process
	paths     map[int][]string // the cgroups of each, of every version
}

func (t *table) open() (err error) {
	t.proc, err = procfs.NewFS(filepath.Join(t.root, "/proc"))
	return err
}

func (t *table) read() []Problem {
	t.processes, t.paths = map[int]*Process{}, map[int][]string{}
	if err := t.open(); err != nil {
		return []Problem{{What: "/proc", Reason: cause(err)}}
	}
	var problems []Problem
	if stat, err := t.proc.Stat(); err == nil {
		t.booted = time.Unix(int64(stat.BootTime), 0)
	} else {
		problems = append(problems, Problem{What: "/proc/stat", Reason: cause(err)})
	}
	all, err := t.proc.AllProcs()
	if err != nil {
		problems = append(problems, Problem{What: "/proc", Reason: cause(err)})
	}
	for _, p := range all {
		t.add(p)
	}
	// A hidepid mount shows each user their own processes only.
	if len(t.order) > 0 && t.processes[1] == nil {
		problems = append(problems, Problem{What: "/proc", Reason: "the processes of other users are hidden (hidepid): " +
			"their jobs cannot be told"})
	}
	return append(problems, t.assign()...)
}

// perSecond is the kernel's USER_HZ, in which /proc counts on every architecture that Go
// compiles for.
const perSecond = 100

// started converts a time as /proc/PID/stat has it.
func (t *table) started(ticks uint64) time.Time {
	if t.booted.IsZero() {
		return time.Time{}
	}
	return t.booted.Add(time.Duration(ticks) * (time.Second / perSecond))
}

func (t *table) add(p procfs.Proc) {
	stat, err := p.Stat()
	if err != nil {
		return // it has ended
	}
	process := &Process{PID: p.PID, Name: printable(stat.Comm), Started: t.started(stat.Starttime),
		parent: stat.PPID, ticks: stat.Starttime}
	groups, err := p.Cgroups()
	if err != nil {
		groups = nil // a kernel without cgroups has no such file
	}
	for _, group := range groups {
		t.paths[p.PID] = append(t.paths[p.PID], group.Path)
		if group.HierarchyID == 0 && len(group.Controllers) == 0 {
			process.cgroup = group.Path
		}
	}
	t.processes[p.PID] = process
	t.order = append(t.order, p.PID)
}

// printable is a name without what would disturb a terminal: a process calls itself
// whatever it likes.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, name)
}

// same tells whether the process is still there, and not another with its number.
func (t *table) same(p Process) bool {
	now, err := t.proc.Proc(p.PID)
	if err != nil {
		return false
	}
	stat, err := now.Stat()
	return err == nil && stat.Starttime == p.ticks
}

// arguments are a process's command line.
func (t *table) arguments(pid int) []string {
	p, err := t.proc.Proc(pid)
	if err != nil {
		return nil
	}
	arguments, err := p.CmdLine()
	if err != nil {
		return nil // it has ended
	}
	return arguments
}
