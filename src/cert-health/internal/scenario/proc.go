package scenario

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Process is a process of this machine that plays a process of a VM's job.
type Process struct {
	Job  string
	PID  int
	Port int // of 127.0.0.1, on which it listens; 0 for none
}

// WriteProcesses makes /proc below root, with these processes of the machine and their sockets and
// no others. It also writes their pidfiles, which the monit files of the jobs name:
//
//	check process rep with pidfile /var/vcap/sys/run/rep/rep.pid
func WriteProcesses(root string, processes ...Process) error {
	proc := filepath.Join(root, "proc")
	if err := os.RemoveAll(proc); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(proc, "net"), 0o755); err != nil {
		return err
	}
	names := []string{"stat", "1"}
	var ports []int
	for _, p := range processes {
		pid := strconv.Itoa(p.PID)
		if !slices.Contains(names, pid) {
			names = append(names, pid)
		}
		ports = append(ports, p.Port)
		if err := writeFile(filepath.Join(root, "var/vcap/sys/run", p.Job, p.Job+".pid"), pid+"\n", 0o644); err != nil {
			return err
		}
	}
	var failed []error
	for _, name := range names {
		failed = append(failed, os.Symlink(filepath.Join("/proc", name), filepath.Join(proc, name)))
	}
	sockets, err := listening(ports)
	failed = append(failed, err, os.WriteFile(filepath.Join(proc, "net/tcp"), []byte(sockets), 0o644))
	return errors.Join(failed...)
}

// listening returns the lines of /proc/net/tcp about the sockets that listen on these ports of
// 127.0.0.1.
func listening(ports []int) (string, error) {
	file, err := os.Open("/proc/net/tcp")
	if err != nil {
		return "", err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Scan()
	found, missing := lines.Text()+"\n", slices.DeleteFunc(slices.Clone(ports), func(port int) bool { return port == 0 })
	for lines.Scan() {
		at := slices.IndexFunc(missing, func(port int) bool {
			return strings.Contains(lines.Text(), fmt.Sprintf(": 0100007F:%04X 00000000:0000 0A ", port))
		})
		if at >= 0 {
			found += lines.Text() + "\n"
			missing = slices.Delete(missing, at, at+1)
		}
	}
	if len(missing) > 0 {
		return "", fmt.Errorf("no process listens on 127.0.0.1 at %d", missing)
	}
	return found, lines.Err()
}
