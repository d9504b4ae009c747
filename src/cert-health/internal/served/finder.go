package served

import (
	"cmp"
	"fmt"
	"slices"
)

// Listener is a socket and the process that has it.
type Listener struct {
	Socket
	// Owner is zero when the process cannot be seen. Of several that share the socket, as
	// a master and its workers do, it is the one that was started first.
	Owner Process
}

// Finder finds the listeners of a VM again and again. All processes are looked
// through only when there is a socket that was not there before, or an owner has gone,
// and now and then for sockets of which no job could be told.
// It is not safe for concurrent use.
type Finder struct {
	root     string // stands for "/"
	owners   map[identity]Process
	problems []Problem // of when all processes were last looked through
	looks    int       // since then
}

// again is after how many looks a job that could not be told is looked for again: its
// pidfile may have been written meanwhile.
const again = 10

// NewFinder returns a finder that knows nothing yet.
func NewFinder(root string) *Finder { return &Finder{root: root} }

// Find lists the listeners by address, and what could not be found out.
func (f *Finder) Find() ([]Listener, []Problem) {
	sockets, problems := Sockets(f.root)
	if f.looks++; !f.settled(sockets) {
		t := table{root: f.root}
		f.problems = t.read()
		f.owners = t.owners(sockets)
		f.looks = 0
	}
	listeners := make([]Listener, len(sockets))
	owners := make(map[identity]Process, len(sockets))
	for i, socket := range sockets {
		owner := f.owners[socket.identity()]
		listeners[i] = Listener{Socket: socket, Owner: owner}
		owners[socket.identity()] = owner
	}
	f.owners = owners
	return listeners, append(problems, f.problems...)
}

// settled tells whether every socket has been seen before, and every owner is still there.
func (f *Finder) settled(sockets []Socket) bool {
	t := table{root: f.root}
	if t.open() != nil {
		return false
	}
	alive := map[int]bool{0: true}
	for _, socket := range sockets {
		owner, seen := f.owners[socket.identity()]
		if !seen || owner.Job == "" && f.looks >= again {
			return false
		}
		if !alive[owner.PID] && !t.same(owner) {
			return false
		}
		alive[owner.PID] = true
	}
	return true
}

// owners finds the process of each socket: by the descriptors of all processes that
// may be looked at or else, among the others, by the socket's cgroup.
func (t *table) owners(sockets []Socket) map[identity]Process {
	byLink := map[string]identity{}
	for _, socket := range sockets {
		byLink[fmt.Sprintf("socket:[%d]", socket.Inode)] = socket.identity()
	}
	owners := make(map[identity]Process, len(sockets))
	var hidden []int
	for _, pid := range t.oldestFirst() {
		visible := t.descriptors(pid, func(link string) {
			if socket, is := byLink[link]; is && owners[socket].PID == 0 {
				owners[socket] = *t.processes[pid]
			}
		})
		if !visible {
			hidden = append(hidden, pid)
		}
	}
	inGroup := t.grouped(hidden)
	for _, socket := range sockets {
		if _, has := owners[socket.identity()]; !has {
			owners[socket.identity()] = only(inGroup[socket.Cgroup])
		}
	}
	return owners
}

// only is the oldest of the processes if all are of the same job: of which else a
// socket is that was made in their cgroup cannot be said.
func only(processes []Process) Process {
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
