package verdict

import (
	"slices"
	"time"

	"cert-health/internal/cert"
)

// Facts are everything that a verdict rests on.
type Facts struct {
	Deployed []cert.Deployed
	// References by fingerprint; a certificate that is missing here could
	// not be compared.
	References map[cert.Fingerprint]cert.Reference
	// Mismatches are the certificates that stand with a private key which is not
	// theirs.
	Mismatches []cert.Mismatch
	// Served are what the VM's processes show, compared with what is deployed.
	Served []ServedState
	// Arrivals are the certificates of which it is known when they came, and Processes
	// those of the VM's jobs; of use together only.
	Arrivals  []cert.Arrival
	Processes []cert.Process
	// Deployment and Instance ("cell/3f2a…") are named in the next steps;
	// either may be empty.
	Deployment string
	Instance   string
	Now        time.Time
	// Signings are those that earlier verdicts have found out, and get those of
	// this one; nil where there is no other.
	Signings Signings
}

// Finding is one problem of one deployed certificate.
type Finding struct {
	Code     Code
	Severity Severity
	Message  string // one sentence for people, with times absolute and relative
	Next     string // a command to type or a thing to do
}

// Judgement is all that is to be said of one deployed certificate.
type Judgement struct {
	Findings []Finding // the gravest first
	Ignored  []Ignored
}

// Ignored is a finding that the policy silences.
type Ignored struct {
	Code      Code
	Reason    string
	Until     time.Time
	Locations []cert.Location
}

// Judge returns one judgement for each deployed certificate, in their order.
func Judge(facts Facts, policy *Policy) []Judgement {
	j := judge{facts: facts, policy: policy, successors: successors(facts), bundles: bundles(facts),
		cas: casByName(facts.Deployed), serials: sharedSerials(facts.Deployed), signings: facts.Signings, mismatches: mismatches(facts),
		served: served(facts.Served), unloaded: unloaded(facts.Served), arrivals: arrivals(facts.Arrivals)}
	if j.signings == nil {
		j.signings = Signings{}
	}
	judgements := make([]Judgement, len(facts.Deployed))
	for i, deployed := range facts.Deployed {
		judgements[i] = j.certificate(deployed)
	}
	return judgements
}

type judge struct {
	facts      Facts
	policy     *Policy
	successors map[authority]*cert.Certificate
	bundles    map[string][]cert.Fingerprint // by file
	cas        map[string][]*deployedCA      // by subject
	serials    map[issued][]*cert.Deployed   // that several certificates bear
	signings   Signings
	mismatches map[placement]*cert.Mismatch
	served     map[cert.Fingerprint]bool
	unloaded   map[cert.Fingerprint][]*ServedState
	arrivals   map[placement]*cert.Arrival
}

// authority is a CA by name, in one file.
type authority struct{ file, subject string }

// successors finds, for each CA's name in each file, the valid certificate that
// lasts longest: during a rotation it stands beside the one that it replaces.
func successors(facts Facts) map[authority]*cert.Certificate {
	best := map[authority]*cert.Certificate{}
	for _, deployed := range facts.Deployed {
		c := deployed.Certificate
		if !c.CA || !valid(c, facts.Now) {
			continue
		}
		for _, location := range deployed.Locations {
			name := authority{bundleAt(location.Class, location.File), c.Subject}
			if known := best[name]; known == nil || c.NotAfter.After(known.NotAfter) {
				best[name] = c
			}
		}
	}
	return best
}

func valid(c *cert.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore) && !now.After(c.NotAfter)
}

// subject is one certificate on trial.
type subject struct {
	*cert.Certificate
	role      cert.Role
	reference *cert.Reference // nil when unknown
	locations []cert.Location
	evidence  // of the finding to be worded
}

// evidence is what a finding rests on at the first of the places where it weighs most.
type evidence struct {
	at        cert.Location
	fault     *fault // why the leaf is untrusted
	mismatch  *cert.Mismatch
	shown     []*ServedState // what is shown in place of a certificate that is not loaded
	suspicion *suspicion
}

// draft is a finding in the making: the same code may weigh differently, or be
// ignored, from place to place.
type draft struct {
	code     Code
	severity Severity
	places   int
	evidence
}

func (j *judge) certificate(deployed cert.Deployed) Judgement {
	s := subject{Certificate: deployed.Certificate, role: deployed.Role, locations: deployed.Locations}
	if reference, ok := j.facts.References[s.Fingerprint]; ok {
		s.reference = &reference
	}
	var drafts []draft
	var judgement Judgement
	for _, location := range deployed.Locations {
		where := place{job: location.Job, file: location.File, line: location.Line, class: location.Class, subject: s.Certificate}
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
		judgement.Findings = append(judgement.Findings, j.finding(s, d, len(deployed.Locations)))
	}
	slices.SortStableFunc(judgement.Findings, func(a, b Finding) int {
		if a.Severity != b.Severity {
			return int(b.Severity - a.Severity)
		}
		return slices.Index(Codes(), a.Code) - slices.Index(Codes(), b.Code)
	})
	return judgement
}

func merge(drafts []draft, found draft) []draft {
	for i := range drafts {
		if drafts[i].code == found.code {
			if found.severity > drafts[i].severity {
				drafts[i].severity, drafts[i].evidence = found.severity, found.evidence
			}
			drafts[i].places++
			return drafts
		}
	}
	found.places = 1
	return append(drafts, found)
}

func (j *Judgement) ignore(code Code, rule *Ignore, location cert.Location) {
	for i := range j.Ignored {
		if j.Ignored[i].Code == code && j.Ignored[i].Reason == rule.Reason {
			j.Ignored[i].Locations = append(j.Ignored[i].Locations, location)
			return
		}
	}
	j.Ignored = append(j.Ignored, Ignored{Code: code, Reason: rule.Reason, Until: rule.Until.End,
		Locations: []cert.Location{location}})
}

// finding words a draft.
func (j *judge) finding(s subject, d draft, places int) Finding {
	s.evidence = d.evidence
	if s.at.Class != cert.JobFile {
		s.reference = nil // what the store holds is not for this place
	}
	message := j.message(s, d.code)
	if d.places < places {
		message += partly(d.places, places)
	}
	return Finding{Code: d.code, Severity: d.severity, Message: message, Next: j.next(s, d.code)}
}
