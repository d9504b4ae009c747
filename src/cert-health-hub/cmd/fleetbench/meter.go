package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// cost is what a work costs a process.
type cost struct {
	wall, cpu time.Duration
	peak      int64 // of the resident memory, in bytes
}

// cores is how much of a core the work takes.
func (c cost) cores() float64 { return c.cpu.Seconds() / max(c.wall.Seconds(), 1e-9) }

// meter measures a process by what the kernel counts.
type meter struct{ pid int }

// measure measures the process while something is done.
func (m meter) measure(do func() error) (c cost, err error) {
	// The kernel forgets the peak. It may refuse, and the figure is then that of the whole life.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", m.pid), []byte("5"), 0)
	before, err := m.cpu()
	if err != nil {
		return c, err
	}
	started := time.Now()
	if err := do(); err != nil {
		return c, err
	}
	c.wall = time.Since(started)
	after, err := m.cpu()
	if err != nil {
		return c, err
	}
	c.cpu = after - before
	c.peak, err = m.memory("VmHWM")
	return c, err
}

// tick is the unit of times in /proc: USER_HZ is 100 on all machines.
const tick = 10 * time.Millisecond

// cpu is the time of the process, in user mode and in the kernel.
func (m meter) cpu() (time.Duration, error) {
	contents, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", m.pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(contents), ") ") // after the name of the program
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat is short", m.pid)
	}
	user, err := strconv.ParseInt(fields[11], 10, 64)
	if err != nil {
		return 0, err
	}
	system, err := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * tick, err
}

// memory is a line of /proc/PID/status, in bytes.
func (m meter) memory(name string) (int64, error) {
	contents, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(contents)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			var kilobytes int64
			_, err := fmt.Sscan(value, &kilobytes)
			return kilobytes << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", m.pid, name)
}
