package served

import (
	"cmp"
	"encoding/hex"
	"path"
	"regexp"
	"strings"
)

const jobsDir = "/var/vcap/jobs"

// assign tells every process its job: by its cgroup, which bpm names, or the pidfile in
// the job's monit file, its own or those of its nearest ancestor that has one; and where
// there is none, by the command line that names a job's file.
func (t *table) assign() []Problem {
	entries, problems := t.pidfiles()
	managed, mentioning, checked := map[int]string{}, map[int]string{}, map[int]string{}
	for _, pid := range t.order {
		managed[pid] = cmp.Or(t.contained(t.paths[pid]), entries[pid].job)
		checked[pid] = entries[pid].monit
	}
	for _, pid := range t.order {
		t.processes[pid].Monit = t.nearest(pid, checked)
		if job := t.nearest(pid, managed); job != "" {
			t.processes[pid].Job = job
			continue
		}
		mentioning[pid] = named(t.arguments(pid))
	}
	for _, pid := range t.order {
		if process := t.processes[pid]; process.Job == "" {
			process.Job = t.nearest(pid, mentioning)
		}
	}
	return problems
}

// nearest is the name of the process or of its nearest ancestor that has one. The first
// process is nobody's, so nothing is inherited from it.
func (t *table) nearest(pid int, names map[int]string) string {
	// A process that ended while the table was read may have left a circle.
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

// contained is the job whose container of bpm one of the cgroups is.
func (t *table) contained(groups []string) string {
	for _, group := range groups {
		for element := range strings.SplitSeq(group, "/") {
			if name := container(element); name != "" {
				return t.jobOf(name)
			}
		}
	}
	return ""
}

// container is the name of bpm's container that an element of a cgroup's path was made
// for: "bpm-" and the name, or, where systemd keeps the cgroups, a scope that ends in
// "-bpm-bpm-" and the name. What is no letter, digit, - or _ is a point and two
// hexadecimal digits there.
func container(element string) string {
	encoded, is := strings.CutPrefix(element, "bpm-")
	if scope, systemd := strings.CutSuffix(element, ".scope"); systemd {
		_, encoded, is = strings.Cut(scope, "bpm-bpm-")
	}
	if !is {
		return ""
	}
	var name strings.Builder
	for len(encoded) > 0 {
		if octet, err := hex.DecodeString(encoded[min(1, len(encoded)):min(3, len(encoded))]); encoded[0] == '.' && err == nil && len(octet) == 1 {
			name.WriteByte(octet[0])
			encoded = encoded[3:]
			continue
		}
		name.WriteByte(encoded[0])
		encoded = encoded[1:]
	}
	return name.String()
}

// jobOf takes the process off a container's name, which is JOB or JOB.PROCESS: a job
// may have a point in its own name, so the longest that is a job of this VM counts.
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

// mentioned is how a command line names a file of a job.
var mentioned = regexp.MustCompile(`/var/vcap/(?:data/)?jobs/([A-Za-z0-9_.-]+)/`)

// named is the job whose files a command line names first.
func named(arguments []string) string {
	for _, argument := range arguments {
		if match := mentioned.FindStringSubmatch(argument); match != nil {
			return match[1]
		}
	}
	return ""
}
