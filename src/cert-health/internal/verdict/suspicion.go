package verdict

import (
	"fmt"

	"cert-health/internal/cert"
)

// suspicion is a process that was started before its certificate came into its file.
// What a client works with nobody can see: it may have read the file again by itself.
type suspicion struct {
	process *cert.Process
	arrival *cert.Arrival
}

// arrivals are those of a list by certificate and file.
func arrivals(list []cert.Arrival) map[placement]*cert.Arrival {
	by := map[placement]*cert.Arrival{}
	for i := range list {
		a := &list[i]
		by[placement{certificate: a.Fingerprint, file: a.File}] = a
	}
	return by
}

// suspicion tells which process of the job may still work with what stood in the file
// before; nil for none. It is silent where a port tells better, and where the program was
// started once more since, as the workers of a server are that reads its files again.
func (j *judge) suspicion(s subject, where place) *suspicion {
	arrival := j.arrivals[placement{certificate: s.Fingerprint, file: where.file}]
	if arrival == nil || where.job == "" || j.answered(where.job, s.Fingerprint) {
		return nil
	}
	oldest := j.oldest(where.job)
	if oldest == nil || oldest.Started.IsZero() {
		return nil
	}
	for _, p := range j.facts.Processes {
		if p.Job == where.job && p.Name == oldest.Name && !p.Started.Before(arrival.After) {
			return nil
		}
	}
	return &suspicion{oldest, arrival}
}

// answered tells whether a process that may be of the job shows that certificate, which then
// has been loaded, or is to be asked once more since it came.
func (j *judge) answered(job string, fingerprint cert.Fingerprint) bool {
	for _, standing := range j.facts.Served {
		if mayBeOf(job, standing.Process.Job) && (standing.Certificate.Fingerprint == fingerprint ||
			standing.Outdated && standing.Newer.Certificate.Fingerprint == fingerprint) {
			return true
		}
	}
	return false
}

// oldest is the process of the job that was started first: the one that monit started.
func (j *judge) oldest(job string) (oldest *cert.Process) {
	for i := range j.facts.Processes {
		p := &j.facts.Processes[i]
		if p.Job == job && (oldest == nil || p.Started.Before(oldest.Started)) {
			oldest = p
		}
	}
	return oldest
}

func (j *judge) notLoadedMessage(s subject) string {
	if s.suspicion != nil {
		return j.suspicionMessage(s.suspicion)
	}
	stale := s.shown[0]
	others := ""
	if more := len(s.shown) - 1; more > 0 {
		others = fmt.Sprintf(", and so at %s more", plural(more, "address"))
	}
	held := fmt.Sprintf("which is valid until %s", Stamp(stale.Certificate.NotAfter))
	if stale.Certificate.NotAfter.Before(j.facts.Now) {
		held = "which expired " + j.when(stale.Certificate.NotAfter)
	}
	which := version(" (version %d)", j.facts.References[stale.Certificate.Fingerprint].DeployedVersion)
	return fmt.Sprintf("%s still shows the certificate before this one%s at %s%s, %s%s",
		processName(stale.Process), which, stale.Address, others, held, j.startedBefore(stale.Process, s))
}

// startedBefore says why, as far as it is known.
func (j *judge) startedBefore(p cert.Process, s subject) string {
	if p.Started.IsZero() {
		return ""
	}
	text := ": it was started " + j.when(p.Started)
	for _, location := range s.locations {
		if arrival := j.arrivals[placement{certificate: s.Fingerprint, file: location.File}]; arrival != nil && mayBeOf(location.Job, p.Job) {
			return text + ", the file has had this one since " + Stamp(arrival.By)
		}
	}
	return text
}

func (j *judge) suspicionMessage(old *suspicion) string {
	return fmt.Sprintf("%s may still work with the certificate before this one: it was started %s, the file has had this one since %s, "+
		"and what a client loaded cannot be seen", processName(*old.process), j.when(old.process.Started), Stamp(old.arrival.By))
}

func processName(p cert.Process) string {
	if p.PID == 0 {
		return "a process that cannot be told"
	}
	return fmt.Sprintf("%s (pid %d)", p.Name, p.PID)
}
