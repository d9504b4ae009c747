package served

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// maxDescriptors limits the descriptors of one process that are read, in the order of their
// numbers. A server opens its listening sockets first; a router also has thousands of
// connections.
const maxDescriptors = 4096

// descriptors calls found with the link of each descriptor of a process. It returns false if
// the links may not be read. The right to list them is not enough.
func (t *table) descriptors(pid int, found func(link string)) bool {
	dir, err := os.Open(filepath.Join(t.root, "/proc", strconv.Itoa(pid), "fd"))
	if err != nil {
		return !errors.Is(err, errDenied) // otherwise the process has ended
	}
	defer dir.Close()
	for range maxDescriptors / 256 {
		names, err := dir.Readdirnames(256)
		for _, name := range names {
			link, err := os.Readlink(filepath.Join(dir.Name(), name))
			switch {
			case errors.Is(err, errDenied):
				return false // the same is true for all others
			case err == nil:
				found(link)
			}
		}
		if err != nil {
			break
		}
	}
	return true
}

// program identifies what a process runs; see Process.program. It is empty without a process.
func (t *table) program(p Process) string {
	if p.PID == 0 {
		return ""
	}
	info, err := os.Stat(filepath.Join(t.root, "/proc", strconv.Itoa(p.PID), "exe"))
	if err == nil {
		if stat, ok := info.Sys().(*syscall.Stat_t); ok {
			return fmt.Sprintf("file:%d:%d:%d", stat.Dev, stat.Ino, info.ModTime().UnixNano())
		}
	}
	return fmt.Sprintf("process:%d:%d", p.PID, p.ticks)
}

// byCgroup returns the processes by the identifier of their cgroup, which is the inode of
// the cgroup's directory.
func (t *table) byCgroup(pids []int) map[uint64][]Process {
	mount := ""
	// Version 2 is mounted alone, or next to version 1.
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
		identifier, known := identifiers[process.cgroup]
		if !known {
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
