package served

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/procfs"

	"cert-health/internal/handshake"
)

// Process is one process of the VM.
type Process struct {
	PID  int
	Name string // of its program, from the kernel: at most 15 characters
	Job  string // the monit or bpm job that it belongs to; empty without one
	// Monit is its name in monit, or the name of its nearest ancestor in monit; empty without
	// one. A job may have several.
	Monit string
	// Started is when it was started, to the second. A process that is older than its
	// certificate's file has not loaded it, unless it reloads files by itself.
	Started time.Time

	// named is the job whose file its command line names. A process can name any job, so this
	// only decides that the process is not probed.
	named  string
	parent int
	ticks  uint64 // Started as the kernel counts it, which does not change with the clock
	cgroup string // its path in cgroup version 2, below the mount; empty if unknown
	// program identifies what it runs: the file of its program, which a restart does not change,
	// or the process itself if the kernel does not show that file. It is known of owners only.
	program string
}

// Processes lists all processes of the VM whose directory / is root. A process that ends
// meanwhile is left out.
func Processes(ctx context.Context, root string) ([]Process, []Problem) {
	t := table{ctx: ctx, root: root}
	problems := t.read()
	processes := make([]Process, 0, len(t.order))
	for _, pid := range t.order {
		processes = append(processes, *t.processes[pid])
	}
	return processes, problems
}

// table is the contents of /proc about all processes at one time.
type table struct {
	ctx       context.Context // ends the reading
	root      string
	proc      procfs.FS
	booted    time.Time
	order     []int
	processes map[int]*Process
	paths     map[int][]string // the cgroups of each process, of both versions
}

// maxProcesses limits the processes that are read. A busy VM has a thousand. The lowest
// numbers are mostly those of the oldest.
const maxProcesses = 20_000

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
	slices.SortStableFunc(all, func(a, b procfs.Proc) int { return cmp.Compare(a.PID, b.PID) })
	if len(all) > maxProcesses {
		problems = append(problems, Problem{What: "/proc", Reason: fmt.Sprintf("there are %d processes: the jobs of those after the first %d are unknown", len(all), maxProcesses)})
		all = all[:maxProcesses]
	}
	for _, p := range all {
		if t.ctx.Err() != nil {
			return problems
		}
		t.add(p)
	}
	// With the mount option hidepid, a user sees only their own processes.
	if len(t.order) > 0 && t.processes[1] == nil {
		problems = append(problems, Problem{What: "/proc", Reason: "the processes of other users are hidden (hidepid): " +
			"their jobs are unknown"})
	}
	return append(problems, t.assign()...)
}

// perSecond is the kernel's USER_HZ, the unit of times in /proc. It is the same on every
// architecture that Go supports.
const perSecond = 100

// started converts a time of /proc/PID/stat.
func (t *table) started(ticks uint64) time.Time {
	if t.booted.IsZero() {
		return time.Time{}
	}
	return t.booted.Add(time.Duration(ticks) * (time.Second / perSecond))
}

func (t *table) add(p procfs.Proc) {
	stat, err := p.Stat()
	if err != nil {
		return // the process has ended
	}
	process := &Process{PID: p.PID, Name: handshake.Printable(stat.Comm), Started: t.started(stat.Starttime),
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

// same tells whether the process still runs, and its number was not reused.
func (t *table) same(p Process) bool {
	now, err := t.proc.Proc(p.PID)
	if err != nil {
		return false
	}
	stat, err := now.Stat()
	return err == nil && stat.Starttime == p.ticks
}

// arguments returns the command line of a process.
func (t *table) arguments(pid int) []string {
	p, err := t.proc.Proc(pid)
	if err != nil {
		return nil
	}
	arguments, err := p.CmdLine()
	if err != nil {
		return nil // the process has ended
	}
	return arguments
}
