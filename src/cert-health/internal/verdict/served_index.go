package verdict

import (
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
)

// ServedState is a served certificate, compared with the files of the process's job.
type ServedState struct {
	cert.Served
	// Filed is the same certificate in these files; nil if no file holds it.
	Filed *cert.Deployed
	// Newer is the newer certificate with the same identity digest in these files; nil if
	// there is none, or if Filed is set.
	Newer *cert.Deployed
	// Outdated says that Newer arrived after the last handshake: what the process serves
	// now is unknown. A process that was behind its files at that handshake still is.
	Outdated bool
}

// Loaded tells whether the process serves what a file of its job holds.
func (s ServedState) Loaded() bool { return s.Filed != nil }

// Stale tells whether a file of the job held a newer one at the time of the handshake.
func (s ServedState) Stale() bool { return s.Newer != nil && !s.Outdated }

// DeployedIndex finds deployed certificates, to compare served certificates with them.
type DeployedIndex struct {
	deployed      []cert.Deployed
	byFingerprint map[cert.Fingerprint]*cert.Deployed
	byIdentity    map[cert.IdentityDigest][]*cert.Deployed // built on first use
	arrivals      map[placement]*cert.Arrival
	departures    map[cert.Departure]bool
	signers       signers
}

// NewDeployedIndex makes an index of the deployed certificates, with what is known about earlier ones.
// The budget of the job of a process pays for its comparisons; nil pays for all of them.
func NewDeployedIndex(deployed []cert.Deployed, known cert.History, meter *budget.Meter) *DeployedIndex {
	s := &DeployedIndex{deployed: deployed, byFingerprint: make(map[cert.Fingerprint]*cert.Deployed, len(deployed)),
		arrivals: arrivals(known.Arrivals), departures: map[cert.Departure]bool{}, signers: signers{deployed: deployed, budget: meter, of: map[*cert.Certificate]*cert.Certificate{}, answers: map[pairing]bool{}}}
	for _, d := range known.Departures {
		s.departures[d] = true
	}
	for i := range deployed {
		s.byFingerprint[deployed[i].Certificate.Fingerprint] = &deployed[i]
	}
	return s
}

// Compare compares a served certificate with the files of the process's job, or with the
// files of all jobs if its job is unknown. It compares nothing if the process did not prove
// that it has the private key: everybody can send a certificate.
func (s *DeployedIndex) Compare(served cert.Served) ServedState {
	state := ServedState{Served: served}
	if !served.Proven {
		return state
	}
	if filed := s.byFingerprint[served.Certificate.Fingerprint]; filed != nil && within(filed, served.Process.Job) {
		state.Filed = filed
		return state
	}
	for _, candidate := range s.alike(served.Certificate) {
		if newer(candidate.Certificate, served.Certificate) && within(candidate, served.Process.Job) &&
			(state.Newer == nil || newer(candidate.Certificate, state.Newer.Certificate)) && s.replaces(candidate, served) {
			state.Newer = candidate
		}
	}
	state.Outdated = state.Newer != nil && !served.Behind && s.cameAfter(served.SeenAt, state.Newer, served.Process.Job)
	return state
}

// replaces tells whether a deployed certificate has certainly replaced the served one. Names prove
// nothing, because everybody can make a certificate with the same names. It is certain if a file of
// the job held the served certificate before, if both have the same key, or if the same CA signed both.
func (s *DeployedIndex) replaces(filed *cert.Deployed, served cert.Served) bool {
	for _, location := range filed.Locations {
		if location.Class == cert.JobFile && mayBeOf(location.Job, served.Process.Job) &&
			s.departures[cert.Departure{Fingerprint: served.Certificate.Fingerprint, Job: location.Job}] {
			return true
		}
	}
	return filed.Certificate.PublicKey == served.Certificate.PublicKey && filed.Certificate.PublicKey != (cert.KeyDigest{}) || s.signers.same(filed.Certificate, served)
}

// cameAfter tells whether a certificate arrived in a file of the job after a moment.
func (s *DeployedIndex) cameAfter(then time.Time, d *cert.Deployed, job string) bool {
	for _, location := range d.Locations {
		arrival := s.arrivals[placement{certificate: d.Certificate.Fingerprint, file: location.File}]
		if arrival != nil && mayBeOf(location.Job, job) && arrival.By.After(then) {
			return true
		}
	}
	return false
}

// alike returns the certificates with the same identity digest.
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

// within tells whether a certificate stands in a file that may belong to the job.
func within(d *cert.Deployed, job string) bool {
	for _, location := range d.Locations {
		if location.Class == cert.JobFile && mayBeOf(location.Job, job) {
			return true
		}
	}
	return false
}

// mayBeOf tells whether a process may read a file, by their jobs. Either job is empty if it
// is unknown or there is none.
func mayBeOf(file, process string) bool { return file == process || file == "" || process == "" }

func newer(a, b *cert.Certificate) bool {
	if a.NotBefore.Equal(b.NotBefore) {
		return a.NotAfter.After(b.NotAfter)
	}
	return a.NotBefore.After(b.NotBefore)
}
