package verdict

import "cert-health/internal/cert"

// suspicion is a process that was started before its certificate arrived in its file. What
// a client has loaded cannot be observed: it may have read the file again.
type suspicion struct {
	process *cert.Process
	arrival *cert.Arrival
}

// arrivals lists arrivals by certificate and file.
func arrivals(list []cert.Arrival) map[placement]*cert.Arrival {
	by := map[placement]*cert.Arrival{}
	for i := range list {
		a := &list[i]
		by[placement{certificate: a.Fingerprint, file: a.File}] = a
	}
	return by
}

// suspect returns the process of the job that may still use the previous certificate; nil
// for none. There is no suspicion if a handshake gives proof, or if the program was started
// once more since then, as a server that reads its files again starts new workers.
func (j *judge) suspect(s subject, where place) *suspicion {
	arrival := j.arrivals[placement{certificate: s.Fingerprint, file: where.file}]
	if arrival == nil || where.job == "" || j.knownByHandshake(where.job, s.Fingerprint) {
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

// knownByHandshake tells whether a process that may belong to the job serves the certificate,
// or will be asked again because the certificate arrived after the last handshake.
func (j *judge) knownByHandshake(job string, fingerprint cert.Fingerprint) bool {
	for _, state := range j.facts.Served {
		if state.Proven && mayBeOf(job, state.Process.Job) && (state.Certificate.Fingerprint == fingerprint ||
			state.Outdated && state.Newer.Certificate.Fingerprint == fingerprint) {
			return true
		}
	}
	return false
}

// oldest is the process of the job that was started first, which is the one of monit.
func (j *judge) oldest(job string) (oldest *cert.Process) {
	for i := range j.facts.Processes {
		p := &j.facts.Processes[i]
		if p.Job == job && (oldest == nil || p.Started.Before(oldest.Started)) {
			oldest = p
		}
	}
	return oldest
}
