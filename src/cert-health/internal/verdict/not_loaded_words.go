package verdict

import (
	"cmp"
	"fmt"

	"cert-health/internal/cert"
)

func (j *judge) notLoadedWords(s subject) words {
	if s.suspicion != nil {
		return j.suspicionWords(s.suspicion)
	}
	stale := s.served[0]
	others := ""
	if more := len(s.served) - 1; more > 0 {
		others = " and at " + plural(more, "more address")
	}
	state := "is valid until " + Stamp(stale.Certificate.NotAfter)
	if stale.Certificate.NotAfter.Before(j.facts.Now) {
		state = "expired " + j.when(stale.Certificate.NotAfter)
	}
	which := version(" (version %d)", j.facts.References[stale.Certificate.Fingerprint].DeployedVersion)
	return words{
		fmt.Sprintf("%s still serves the previous certificate%s at %s%s%s; that one %s", processName(stale.Process), which, stale.Address, others, lastSeen(stale), state),
		sinceThen(j.startedBefore(stale.Process, s), stale),
		j.loadSteps(s, stale),
	}
}

// lastSeen says when a process that does not answer now was last seen.
func lastSeen(s *ServedState) string {
	if s.Failure == "" {
		return ""
	}
	return " (last seen " + Stamp(s.SeenAt) + ")"
}

// sinceThen adds why the process was not seen since then.
func sinceThen(why string, s *ServedState) string {
	switch {
	case s.Failure == "":
		return why
	case why == "":
		return "since then, " + s.Failure
	}
	return why + "; since the last answer, " + s.Failure
}

// startedBefore says why the process serves the previous certificate, as far as known.
func (j *judge) startedBefore(p cert.Process, s subject) string {
	if p.Started.IsZero() {
		return ""
	}
	text := "the process was started " + j.when(p.Started)
	for _, location := range s.locations {
		if arrival := j.arrivals[placement{certificate: s.Fingerprint, file: location.File}]; arrival != nil && mayBeOf(location.Job, p.Job) {
			return text + ", and the file has held this certificate since " + Stamp(arrival.By)
		}
	}
	return text
}

func (j *judge) suspicionWords(old *suspicion) words {
	return words{
		processName(*old.process) + " may still use the previous certificate",
		fmt.Sprintf("the process was started %s, the file has held this certificate since %s, and what a client has loaded cannot be observed",
			j.when(old.process.Started), Stamp(old.arrival.By)),
		[]Step{Do("if its log does not say that it has read the file since then:"), restart(*old.process)},
	}
}

// loadSteps make a process load what its file holds. If the source holds a newer one
// still, a deploy brings that, and restarts the job.
func (j *judge) loadSteps(s subject, stale *ServedState) []Step {
	p := stale.Process
	switch {
	case j.behindSource(s.Certificate):
		return j.deploy()
	case p.Job != "":
		return []Step{restart(p)}
	case p.PID != 0:
		return []Step{Do("restart %s", processName(p))}
	}
	find := Run("ss", "-ltnp")
	if job := onlyJob(s.locations); job != "" {
		return []Step{find, Do("if %s listens at %s:", job, stale.Address), restart(cert.Process{Job: job, Monit: j.monitName(job)})}
	}
	return []Step{find, Do("restart the process that listens at %s", stale.Address)}
}

// onlyJob is the job that has all of these files; empty for several jobs, or none. A process
// that serves a certificate of one job only most likely belongs to that job.
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

// monitName is monit's name of the job's only process; empty for several processes, or if
// none is known.
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

// restart is the command that restarts a process. monit takes its own name of the process;
// a job with one process usually has the same name.
func restart(p cert.Process) Step {
	return Step{Run: []string{"monit", "restart", cmp.Or(p.Monit, p.Job)}, Stage: Restarting}
}

func processName(p cert.Process) string {
	if p.PID == 0 {
		return "an unknown process"
	}
	return fmt.Sprintf("%s (pid %d)", p.Name, p.PID)
}
