package verdict

import (
	"cmp"
	"time"

	"cert-health/internal/cert"
)

// Finding is one fault of one deployed certificate, in three parts: what is wrong, why,
// and what to do.
type Finding struct {
	Code     Code
	Severity Severity
	Message  string // what is wrong, with times absolute and relative
	Why      string // the cause, or the consequence; may be empty
	Steps    []Step // that repair it, in their order
}

// words are the three parts of a finding.
type words struct {
	message string
	why     string
	steps   []Step
}

// Judgement is everything that a policy has to say about one deployed certificate.
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

// gravestFirst orders findings by severity, then by code.
func gravestFirst(a, b Finding) int {
	return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.Code.rank(), b.Code.rank()))
}

// ignore notes that a rule silences a finding at one location.
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
