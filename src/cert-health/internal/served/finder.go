package served

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Listener is a socket and the process that has it.
type Listener struct {
	Socket
	// Owner is zero when the process cannot be seen. If several processes share the socket,
	// such as a master and its workers, it is the one that was started first.
	Owner Process
}

// Finder finds the listeners of a VM, repeatedly. It reads all processes only when there is
// a new socket, when an owner has ended, and from time to time for sockets whose job is not
// known. It is not safe for concurrent use.
type Finder struct {
	root     string // stands for "/"
	owners   map[identity]Process
	problems []Problem // of the last time that all processes were read
	finds    int       // since then
}

// rereadAfter is the number of calls of Find after which all processes are read again for a
// socket whose job is not known: its pidfile may have been written since.
const rereadAfter = 10

// NewFinder returns a finder without any knowledge of the VM. The root stands for "/".
func NewFinder(root string) *Finder { return &Finder{root: root} }

// Find returns the listeners, sorted by address, and what could not be found out. If ctx ends, owners
// are missing, and the next call finds them.
func (f *Finder) Find(ctx context.Context) ([]Listener, []Problem) {
	sockets, problems := Sockets(f.root)
	if f.finds++; !f.unchanged(ctx, sockets) {
		t := table{ctx: ctx, root: f.root}
		f.problems = t.read()
		f.owners = t.owners(sockets)
		f.finds = 0
	}
	listeners := make([]Listener, len(sockets))
	owners := make(map[identity]Process, len(sockets))
	for i, socket := range sockets {
		owner := f.owners[socket.identity()]
		listeners[i] = Listener{Socket: socket, Owner: owner}
		owners[socket.identity()] = owner
	}
	if f.owners = owners; ctx.Err() != nil {
		f.owners = nil
	}
	return listeners, append(problems, f.problems...)
}

// unchanged tells whether every socket is known, and every owner still runs.
func (f *Finder) unchanged(ctx context.Context, sockets []Socket) bool {
	t := table{ctx: ctx, root: f.root}
	if t.open() != nil {
		return false
	}
	alive := map[int]bool{0: true}
	for _, socket := range sockets {
		owner, seen := f.owners[socket.identity()]
		if !seen || owner.Job == "" && f.finds >= rereadAfter {
			return false
		}
		if !alive[owner.PID] && !t.same(owner) {
			return false
		}
		alive[owner.PID] = true
	}
	return true
}

// owners finds the process of each socket: by the descriptors of all processes whose
// descriptors may be read, or otherwise by the socket's cgroup.
func (t *table) owners(sockets []Socket) map[identity]Process {
	byLink := map[string]identity{}
	for _, socket := range sockets {
		byLink[fmt.Sprintf("socket:[%d]", socket.Inode)] = socket.identity()
	}
	owners := make(map[identity]Process, len(sockets))
	var hidden []int
	for _, pid := range t.oldestFirst() {
		if t.ctx.Err() != nil {
			break
		}
		visible := t.descriptors(pid, func(link string) {
			if socket, is := byLink[link]; is && owners[socket].PID == 0 {
				owners[socket] = *t.processes[pid]
			}
		})
		if !visible {
			hidden = append(hidden, pid)
		}
	}
	inGroup := t.byCgroup(hidden)
	for _, socket := range sockets {
		owner, has := owners[socket.identity()]
		if !has {
			owner = oldestOfOneJob(inGroup[socket.Cgroup])
		}
		owner.program = t.program(owner)
		owners[socket.identity()] = owner
	}
	return owners
}

// oldestOfOneJob returns the oldest of the processes of a cgroup if all belong to the same
// job. Otherwise the owner of a socket of that cgroup is not known.
func oldestOfOneJob(processes []Process) Process {
	if len(processes) == 0 || processes[0].Job == "" {
		return Process{}
	}
	if slices.ContainsFunc(processes, func(p Process) bool { return p.Job != processes[0].Job }) {
		return Process{}
	}
	return processes[0]
}

func (t *table) oldestFirst() []int {
	order := slices.Clone(t.order)
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(t.processes[a].ticks, t.processes[b].ticks)
	})
	return order
}
