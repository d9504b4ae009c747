package verdict

import (
	"cmp"
	"fmt"

	"cert-health/internal/cert"
)

// load says how a process comes to work with what its file holds. Where Vault holds a newer one
// still, a deploy brings that, and restarts the job.
func (j *judge) load(s subject) string {
	if s.suspicion != nil {
		return restart(*s.suspicion.process) + ", unless its log says that it has read the file since"
	}
	if j.behind(s.Certificate) {
		return j.deploy()
	}
	p := s.shown[0].Process
	switch {
	case p.Job != "":
		return restart(p)
	case p.PID != 0:
		return fmt.Sprintf("restart what runs %s (pid %d)", p.Name, p.PID)
	}
	if job := onlyJob(s.locations); job != "" {
		return fmt.Sprintf("%s, should `ss -ltnp` show that it listens at %s", restart(cert.Process{Job: job, Monit: j.monitName(job)}), s.shown[0].Address)
	}
	return fmt.Sprintf("find out with `ss -ltnp` who listens at %s, and restart it", s.shown[0].Address)
}

// onlyJob is the job that has all of these files; empty when several have, or none. Who shows
// a certificate that no other job has is most likely a process of that one.
func onlyJob(locations []cert.Location) string {
	job := ""
	for _, location := range locations {
		if location.Job == "" || job != "" && location.Job != job {
			return ""
		}
		job = location.Job
	}
	return job
}

// monitName is what monit calls the job's only process; empty when it has several, or none
// is known.
func (j *judge) monitName(job string) string {
	name := ""
	for _, p := range j.facts.Processes {
		if p.Job != job || p.Monit == "" {
			continue
		}
		if name != "" && p.Monit != name {
			return ""
		}
		name = p.Monit
	}
	return name
}

// restart is the command that does it. monit's own name of the process is the one that it
// takes; a job with one process is as a rule called the same.
func restart(p cert.Process) string { return "monit restart " + cmp.Or(p.Monit, p.Job) }
