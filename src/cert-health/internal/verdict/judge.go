package verdict

import (
	"fmt"
	"slices"
	"time"

	"cert-health/internal/budget"
	"cert-health/internal/cert"
)

// Facts are everything on which a verdict rests.
type Facts struct {
	Deployed []cert.Deployed
	// References by fingerprint. A certificate without one could not be compared.
	References map[cert.Fingerprint]cert.Reference
	// Source names and repairs what the references point to; nil if nothing is compared.
	Source Source
	// Unanswered means that the source has not been asked yet, or does not answer: a
	// certificate without a reference may be there.
	Unanswered bool
	// Mismatches are the certificates that are used with the private key of another one.
	Mismatches []cert.Mismatch
	// Keys are the files that hold private keys.
	Keys []string
	// Served are the served certificates, compared with the deployed ones.
	Served []ServedState
	// Arrivals are the certificates whose arrival was observed, and Processes are the
	// processes of the VM's jobs. Neither is of use without the other.
	Arrivals  []cert.Arrival
	Processes []cert.Process
	// Deployment and Instance ("cell/3f2a…") are named in the steps; either may be empty.
	Deployment string
	Instance   string
	// DeployCommand deploys the deployment; empty if it is not known.
	DeployCommand []string
	// Drains are the jobs of the VM that have a drain script.
	Drains []string
	Now    time.Time
	// Budget pays for the work that the content of a job makes necessary; nil pays for all work.
	Budget *budget.Meter
	// Signings has the signatures that earlier verdicts verified, and gets those of this
	// one; nil if there is no other verdict.
	Signings Signings
}

// Judge returns one judgement for each deployed certificate, in their order.
func Judge(facts Facts, policy *Policy) []Judgement {
	j := judge{facts: facts, policy: policy, successors: successors(facts), bundles: bundles(facts), directories: directories(facts), stores: map[string]*trustStore{},
		signings: Signings{}, forbiddenNames: map[signature]string{}, home: homes(facts.Deployed), mayFail: map[namedAt]bool{}, mismatches: mismatches(facts),
		ancestors: map[atJob]map[*cert.Certificate]cert.SignatureCheck{}, served: served(facts.Served), unloaded: unloaded(facts.Served), arrivals: arrivals(facts.Arrivals)}
	j.cas, j.ofJob = deployedCAs(facts.Deployed)
	judgements := make([]Judgement, len(facts.Deployed))
	for i, deployed := range facts.Deployed {
		if facts.Budget.Of(outside).Ended() {
			return judgements // the agent ends, and does not publish them
		}
		judgements[i] = j.certificate(deployed)
	}
	facts.Signings.replace(j.signings)
	return judgements
}

// homes are the jobs of the first places of certificates.
func homes(deployed []cert.Deployed) map[*cert.Certificate]string {
	jobs := make(map[*cert.Certificate]string, len(deployed))
	for _, d := range deployed {
		if len(d.Locations) > 0 {
			jobs[d.Certificate] = d.Locations[0].Job
		}
	}
	return jobs
}

type judge struct {
	facts       Facts
	policy      *Policy
	successors  map[authority]*cert.Certificate
	bundles     map[string]*bundle // by file
	directories map[string]*directory
	stores      map[string]*trustStore                              // by file, or directory with a slash; nil where there is none
	needed      map[atJob]bool                                      // the result of aboveLeaves
	cas         map[string][]*deployedCA                            // by subject
	ofJob       map[string][]*deployedCA                            // by job
	leaves      map[string][]leafAt                                 // the result of leavesIn
	mayFail     map[namedAt]bool                                    // the results of mayHaveFault
	repeats     map[*cert.Certificate]*cert.Deployed                // that has the same serial number
	signings    Signings                                            // of this verdict
	home        map[*cert.Certificate]string                        // the job of the first place
	ancestors   map[atJob]map[*cert.Certificate]cert.SignatureCheck // by leaf: the results of the method above

	forbiddenNames map[signature]string
	drained        []string // the result of drainsWithExpired
	mismatches     map[placement]*cert.Mismatch
	found          struct { // the certificate that is judged, and its weaknesses
		in         *cert.Certificate
		weaknesses []weakness
	}
	served   map[cert.Fingerprint]bool
	unloaded map[cert.Fingerprint][]*ServedState
	arrivals map[placement]*cert.Arrival
}

// subject is the certificate that is judged.
type subject struct {
	*cert.Certificate
	role      cert.Role
	reference *cert.Reference // nil if unknown
	locations []cert.Location
	code      Code // of the finding to put into words
	evidence
}

// evidence is what a finding rests on, at the first of the places where it is gravest.
type evidence struct {
	at         cert.Location
	fault      *fault // why the leaf is untrusted
	mismatch   *cert.Mismatch
	served     []*ServedState // what is served in place of a certificate that is not loaded
	suspicion  *suspicion
	relief     relief // of a CA by its dates
	weaknesses []weakness
}

// draft is a finding without its words. One code may have another severity at each place,
// or be ignored there.
type draft struct {
	code     Code
	severity Severity
	places   int
	gravest  int // of the places, those with this severity
	evidence
}

// subject is a deployed certificate with its reference.
func (j *judge) subject(deployed *cert.Deployed) subject {
	s := subject{Certificate: deployed.Certificate, role: deployed.Role, locations: deployed.Locations}
	if reference, ok := j.facts.References[s.Fingerprint]; ok {
		s.reference = &reference
	}
	return s
}

func (j *judge) certificate(deployed cert.Deployed) Judgement {
	s := j.subject(&deployed)
	var drafts []draft
	var judgement Judgement
	for _, location := range deployed.Locations {
		where := placeOf(location, s.Certificate)
		for _, found := range j.at(s, where) {
			if ignore := j.policy.ignored(found.code, where, j.facts.Now); ignore != nil {
				judgement.ignore(found.code, ignore, location)
				continue
			}
			found.severity, found.at = j.policy.severity(found.code, found.severity, where), location
			drafts = merge(drafts, found)
		}
	}
	for _, d := range drafts {
		judgement.Findings = append(judgement.Findings, j.finding(s, d))
	}
	slices.SortStableFunc(judgement.Findings, gravestFirst)
	return judgement
}

// at runs all checks of a certificate at one place.
func (j *judge) at(s subject, where place) []draft {
	thresholds := j.policy.at(where)
	if where.class == cert.TrustFile && s.role == cert.CA {
		s.role = cert.Trust // whatever its role is elsewhere
	}
	if where.class != cert.JobFile {
		s.reference = nil
	}
	var drafts []draft
	for _, check := range checks {
		if found := check(j, s, where, thresholds); found != nil {
			drafts = append(drafts, *found)
		}
	}
	return drafts
}

func merge(drafts []draft, found draft) []draft {
	for i := range drafts {
		if drafts[i].code == found.code {
			switch d := &drafts[i]; {
			case found.severity > d.severity:
				d.severity, d.evidence, d.gravest = found.severity, found.evidence, 1
			case found.severity == d.severity:
				d.gravest++
			}
			drafts[i].places++
			return drafts
		}
	}
	found.places, found.gravest = 1, 1
	return append(drafts, found)
}

func sameJob(locations []cert.Location) bool {
	return !slices.ContainsFunc(locations, func(l cert.Location) bool { return l.Job != locations[0].Job })
}

// finding puts a draft into words.
func (j *judge) finding(s subject, d draft) Finding {
	s.code, s.evidence = d.code, d.evidence
	if s.at.Class != cert.JobFile {
		s.reference = nil // the source does not hold what belongs at this place
	}
	w := d.code.row().words(j, s)
	if all := len(s.locations); d.places < all {
		w.message += fmt.Sprintf(" (at %d of its %d places)", d.places, all)
	}
	if s.CA && d.gravest < d.places && d.at.Job != "" && !sameJob(s.locations) {
		// What one job has is not held against another one with the same certificate.
		w.message += fmt.Sprintf(" (%s only at %s%s)", d.severity, d.at.Place(), version(" and %d more", d.gravest-1))
	}
	return Finding{Code: d.code, Severity: d.severity, Message: w.message, Why: w.why, Steps: w.steps}
}
