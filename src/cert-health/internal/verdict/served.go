package verdict

import (
	"time"

	"cert-health/internal/cert"
)

// ServedState is how a certificate that a process shows stands to the files of the
// process's job.
type ServedState struct {
	cert.Served
	// Filed is that very certificate as it stands in these files; nil when in none.
	Filed *cert.Deployed
	// Newer is the one of the same identity which they hold in its place; nil when there
	// is none, or it is Filed.
	Newer *cert.Deployed
	// Outdated tells that Newer came after the process was last asked: what it shows by now
	// is not known.
	Outdated bool
}

// Loaded tells that the process shows what a file of its job holds.
func (s ServedState) Loaded() bool { return s.Filed != nil }

// Stale tells that a file of its job held a newer one when the process was asked.
func (s ServedState) Stale() bool { return s.Newer != nil && !s.Outdated }

// DeployedIndex is what the files of a VM hold, to compare with it what processes show.
type DeployedIndex struct {
	deployed      []cert.Deployed
	byFingerprint map[cert.Fingerprint]*cert.Deployed
	byIdentity    map[cert.IdentityDigest][]*cert.Deployed // made when it is needed for the first time
	arrivals      map[placement]*cert.Arrival
}

// NewDeployedIndex makes a stock of what is deployed, and of what is known of when it came.
func NewDeployedIndex(deployed []cert.Deployed, arrived []cert.Arrival) *DeployedIndex {
	s := &DeployedIndex{deployed: deployed, byFingerprint: make(map[cert.Fingerprint]*cert.Deployed, len(deployed)), arrivals: arrivals(arrived)}
	for i := range deployed {
		s.byFingerprint[deployed[i].Certificate.Fingerprint] = &deployed[i]
	}
	return s
}

// Compare compares what a process shows with the files of its job, and with those of all
// jobs where nobody can tell its job.
func (s *DeployedIndex) Compare(shown cert.Served) ServedState {
	standing := ServedState{Served: shown}
	if filed := s.byFingerprint[shown.Certificate.Fingerprint]; filed != nil && within(filed, shown.Process.Job) {
		standing.Filed = filed
		return standing
	}
	for _, candidate := range s.alike(shown.Certificate) {
		if newer(candidate.Certificate, shown.Certificate) && within(candidate, shown.Process.Job) &&
			(standing.Newer == nil || newer(candidate.Certificate, standing.Newer.Certificate)) {
			standing.Newer = candidate
		}
	}
	standing.Outdated = standing.Newer != nil && s.cameAfter(shown.SeenAt, standing.Newer, shown.Process.Job)
	return standing
}

// cameAfter tells whether a certificate came into a file of the job after that moment.
func (s *DeployedIndex) cameAfter(then time.Time, d *cert.Deployed, job string) bool {
	for _, location := range d.Locations {
		arrival := s.arrivals[placement{certificate: d.Certificate.Fingerprint, file: location.File}]
		if arrival != nil && mayBeOf(location.Job, job) && arrival.By.After(then) {
			return true
		}
	}
	return false
}

// alike are the certificates with the identity of another.
func (s *DeployedIndex) alike(c *cert.Certificate) []*cert.Deployed {
	if s.byIdentity == nil {
		s.byIdentity = map[cert.IdentityDigest][]*cert.Deployed{}
		for i := range s.deployed {
			identity := s.deployed[i].Certificate.IdentityDigest()
			s.byIdentity[identity] = append(s.byIdentity[identity], &s.deployed[i])
		}
	}
	return s.byIdentity[c.IdentityDigest()]
}

// within tells whether a certificate stands in a file that may be the job's.
func within(d *cert.Deployed, job string) bool {
	for _, location := range d.Locations {
		if location.Class == cert.JobFile && mayBeOf(location.Job, job) {
			return true
		}
	}
	return false
}

// mayBeOf tells whether a file of that job, or of none, is what the process of a job,
// or of none that is known, reads.
func mayBeOf(file, process string) bool { return file == process || file == "" || process == "" }

func newer(a, b *cert.Certificate) bool {
	if a.NotBefore.Equal(b.NotBefore) {
		return a.NotAfter.After(b.NotAfter)
	}
	return a.NotBefore.After(b.NotBefore)
}

// served are the certificates of files that a server shows to its clients for certain.
func served(standings []ServedState) map[cert.Fingerprint]bool {
	shown := map[cert.Fingerprint]bool{}
	for _, s := range standings {
		if s.Loaded() {
			shown[s.Certificate.Fingerprint] = true
		}
	}
	return shown
}

// unloaded lists, by the certificate in the file, what is shown in its place.
func unloaded(standings []ServedState) map[cert.Fingerprint][]*ServedState {
	by := map[cert.Fingerprint][]*ServedState{}
	for i := range standings {
		if s := &standings[i]; s.Stale() {
			by[s.Newer.Certificate.Fingerprint] = append(by[s.Newer.Certificate.Fingerprint], s)
		}
	}
	return by
}

// shownInstead lists the processes that show an older certificate in the place of this
// one, those that show an invalid one first.
func (j *judge) shownInstead(s subject, where place) (stale []*ServedState) {
	for _, standing := range j.unloaded[s.Fingerprint] {
		if !mayBeOf(where.job, standing.Process.Job) {
			continue
		}
		if !valid(standing.Certificate, j.facts.Now) && len(stale) > 0 && valid(stale[0].Certificate, j.facts.Now) {
			stale = append([]*ServedState{standing}, stale...)
			continue
		}
		stale = append(stale, standing)
	}
	return stale
}

// notLoaded is the finding of a certificate in whose place a process shows, or may work
// with, an older one.
func (j *judge) notLoaded(s subject, where place) (draft, bool) {
	if stale := j.shownInstead(s, where); len(stale) > 0 {
		severity := Error
		if !valid(stale[0].Certificate, j.facts.Now) {
			severity = Critical
		}
		return draft{code: NotLoaded, severity: severity, evidence: evidence{shown: stale}}, true
	}
	if old := j.suspicion(s, where); old != nil {
		return draft{code: NotLoaded, severity: Info, evidence: evidence{suspicion: old}}, true
	}
	return draft{}, false
}
