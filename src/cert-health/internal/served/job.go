package served

import (
	"cmp"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
)

const jobsDir = "/var/vcap/jobs"

// assign sets the job of every process: by its cgroup, whose name bpm sets, or by the
// pidfile in a job's monit file. A process without either has the job of its nearest
// ancestor that has one. A command line that names a job's file gives no job: every process
// chooses its own.
func (t *table) assign() []Problem {
	entries, problems := t.pidfiles()
	managed, mentioned, monitNames := map[int]string{}, map[int]string{}, map[int]string{}
	for _, pid := range t.order {
		managed[pid] = cmp.Or(t.bpmJob(t.paths[pid]), entries[pid].job)
		monitNames[pid] = entries[pid].monit
	}
	for _, pid := range t.order {
		t.processes[pid].Monit = t.inherited(pid, monitNames)
		t.processes[pid].Job = t.inherited(pid, managed)
		if t.processes[pid].Job == "" && t.ctx.Err() == nil {
			mentioned[pid] = mentionedJob(t.arguments(pid))
		}
	}
	for _, pid := range t.order {
		if process := t.processes[pid]; process.Job == "" {
			process.named = t.inherited(pid, mentioned)
		}
	}
	return problems
}

// inherited returns the name of the process or of its nearest ancestor that has one. The
// first process belongs to no job, so nothing is inherited from it.
func (t *table) inherited(pid int, names map[int]string) string {
	// Processes that ended while the table was read may form a circle.
	for range t.order {
		process := t.processes[pid]
		if process == nil || pid == 1 {
			return ""
		}
		if name := names[pid]; name != "" {
			return name
		}
		pid = process.parent
	}
	return ""
}

// bpmJob returns the job of the bpm container that one of the cgroups belongs to.
func (t *table) bpmJob(groups []string) string {
	for _, group := range groups {
		for element := range strings.SplitSeq(group, "/") {
			if name := containerName(element); name != "" {
				return t.jobOf(name)
			}
		}
	}
	return ""
}

// containerName returns the name of the bpm container that an element of a cgroup's path
// belongs to. The element is "bpm-" and the name or, if systemd manages the cgroups, a scope
// that ends in "-bpm-bpm-" and the name. Characters other than letters, digits, - and _ are
// encoded as a point and two hexadecimal digits.
func containerName(element string) string {
	encoded, is := strings.CutPrefix(element, "bpm-")
	if scope, systemd := strings.CutSuffix(element, ".scope"); systemd {
		_, encoded, is = strings.Cut(scope, "bpm-bpm-")
	}
	if !is {
		return ""
	}
	var name strings.Builder
	for len(encoded) > 0 {
		if decoded, err := hex.DecodeString(encoded[min(1, len(encoded)):min(3, len(encoded))]); encoded[0] == '.' && err == nil && len(decoded) == 1 {
			name.WriteByte(decoded[0])
			encoded = encoded[3:]
			continue
		}
		name.WriteByte(encoded[0])
		encoded = encoded[1:]
	}
	return name.String()
}

// jobOf returns the job of a container name, which is JOB or JOB.PROCESS. The name of a job
// may contain points too, so the longest name of a job of this VM counts.
func (t *table) jobOf(container string) string {
	for name := container; ; {
		if _, err := t.stat(path.Join(jobsDir, name)); err == nil {
			return name
		}
		last := strings.LastIndexByte(name, '.')
		if last < 0 {
			break
		}
		name = name[:last]
	}
	job, _, _ := strings.Cut(container, ".")
	return job
}

// jobFile matches the path of a job's file in a command line.
var jobFile = regexp.MustCompile(`/var/vcap/(?:data/)?jobs/([A-Za-z0-9_.-]+)/`)

// mentionedJob returns the job whose file a command line names first.
func mentionedJob(arguments []string) string {
	for _, argument := range arguments {
		if match := jobFile.FindStringSubmatch(argument); match != nil {
			return match[1]
		}
	}
	return ""
}
