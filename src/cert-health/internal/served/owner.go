package served

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxDescriptors bounds the descriptors of one process that are looked at, in the order of
// their numbers. A server opens its listening sockets first; a router has thousands
// of connections besides.
const maxDescriptors = 4096

// descriptors calls see with what each descriptor of a process leads to. It tells whether
// they may be looked at: listing them is allowed to more than reading them is.
func (t *table) descriptors(pid int, see func(link string)) bool {
	dir, err := os.Open(filepath.Join(t.root, "/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		return !errors.Is(err, errDenied) // else it has ended
	}
	defer dir.Close()
	for range maxDescriptors / 256 {
		names, err := dir.Readdirnames(256)
		for _, name := range names {
			link, err := os.Readlink(filepath.Join(dir.Name(), name))
			switch {
			case errors.Is(err, errDenied):
				return false // and so it is with all of them
			case err == nil:
				see(link)
			}
		}
		if err != nil {
			break
		}
	}
	return true
}

// grouped are the processes by the identifier of their cgroup, which is the inode of its folder.
func (t *table) grouped(pids []int) map[uint64][]Process {
	mount := ""
	// Version 2 stands there alone, or beside version 1.
	for _, candidate := range []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"} {
		if _, err := os.Stat(filepath.Join(t.root, candidate, "cgroup.procs")); err == nil {
			mount = filepath.Join(t.root, candidate)
			break
		}
	}
	groups := map[uint64][]Process{}
	if mount == "" {
		return groups
	}
	identifiers := map[string]uint64{"": 0}
	for _, pid := range pids {
		process := *t.processes[pid]
		identifier, is := identifiers[process.cgroup]
		if !is {
			identifier = inode(filepath.Join(mount, process.cgroup))
			identifiers[process.cgroup] = identifier
		}
		if identifier != 0 {
			groups[identifier] = append(groups[identifier], process)
		}
	}
	return groups
}

func inode(path string) uint64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0
	}
	return stat.Ino
}
