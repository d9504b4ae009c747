package verdict

import "cert-health/internal/cert"

// notLoaded checks whether a process serves, or may use, an older certificate in place of
// this one.
func (j *judge) notLoaded(s subject, where place, _ Thresholds) *draft {
	if stale := j.servedInstead(s, where); len(stale) > 0 {
		severity := Error
		if !valid(stale[0].Certificate, j.facts.Now) {
			severity = Critical
		}
		return &draft{code: NotLoaded, severity: severity, evidence: evidence{served: stale}}
	}
	if old := j.suspect(s, where); old != nil {
		return &draft{code: NotLoaded, severity: Info, evidence: evidence{suspicion: old}}
	}
	return nil
}

// served returns the deployed certificates that a server certainly serves.
func served(states []ServedState) map[cert.Fingerprint]bool {
	shown := map[cert.Fingerprint]bool{}
	for _, s := range states {
		if s.Loaded() {
			shown[s.Certificate.Fingerprint] = true
		}
	}
	return shown
}

// unloaded lists what is served in place of a certificate in a file, by that certificate.
func unloaded(states []ServedState) map[cert.Fingerprint][]*ServedState {
	by := map[cert.Fingerprint][]*ServedState{}
	for i := range states {
		if s := &states[i]; s.Stale() {
			by[s.Newer.Certificate.Fingerprint] = append(by[s.Newer.Certificate.Fingerprint], s)
		}
	}
	return by
}

// servedInstead lists the processes that serve an older certificate in place of this one,
// those with an invalid certificate first.
func (j *judge) servedInstead(s subject, where place) (stale []*ServedState) {
	for _, state := range j.unloaded[s.Fingerprint] {
		if !mayBeOf(where.job, state.Process.Job) {
			continue
		}
		if !valid(state.Certificate, j.facts.Now) && len(stale) > 0 && valid(stale[0].Certificate, j.facts.Now) {
			stale = append([]*ServedState{state}, stale...)
			continue
		}
		stale = append(stale, state)
	}
	return stale
}
