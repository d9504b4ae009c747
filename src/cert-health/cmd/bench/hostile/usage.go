package hostile

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// usage is what a process has used so far.
type usage struct {
	cpu  time.Duration
	peak int64 // resident set, in bytes
}

// tick is the unit of times in /proc: USER_HZ, which is 100 on all machines that BOSH knows.
const tick = 10 * time.Millisecond

// usageOf returns zeros when the process has ended.
func usageOf(pid int) usage {
	var u usage
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if _, fields, ok := strings.Cut(string(stat), ") "); ok {
		var user, system int64
		// The third field of proc_pid_stat(5) is the first here.
		if words := strings.Fields(fields); len(words) > 12 {
			_, _ = fmt.Sscan(words[11], &user)
			_, _ = fmt.Sscan(words[12], &system)
			u.cpu = time.Duration(user+system) * tick
		}
	}
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for _, line := range strings.Split(string(status), "\n") {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmHWM: %d kB", &kilobytes); n == 1 {
			u.peak = kilobytes * 1024
		}
	}
	return u
}
