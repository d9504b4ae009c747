package remind

import (
	"slices"
	"time"

	"cert-health/internal/verdict"
)

// Entry is a certificate or a source that a filter selects.
type Entry struct {
	Key      string           `json:"key"`  // stays the same while it is the same certificate or source
	Name     string           `json:"name"` // for people
	State    string           `json:"state"`
	Severity verdict.Severity `json:"severity"`
	// NotBefore and NotAfter are zero for a source.
	NotBefore time.Time      `json:"not_before,omitzero"`
	NotAfter  time.Time      `json:"not_after,omitzero"`
	Message   string         `json:"message"` // what is wrong
	Places    []string       `json:"places,omitempty"`
	Steps     []verdict.Step `json:"steps,omitempty"`
	URL       string         `json:"url,omitempty"` // of its page
}

// lifetimePart limits a threshold, like those of the list, to a part of the certificate's lifetime.
const lifetimePart = 3

// stage is how urgent the entry is for the rule; 0 if the rule does not tell it.
func (r *Rule) stage(e Entry, now time.Time) int {
	if len(r.Thresholds) == 0 || e.NotAfter.IsZero() {
		return int(e.Severity)
	}
	left, stage := e.NotAfter.Sub(now), 0
	for _, threshold := range r.Thresholds {
		if left < min(threshold, e.NotAfter.Sub(e.NotBefore)/lifetimePart) {
			stage++
		}
	}
	if left < 0 {
		stage++
	}
	if stage == 0 && e.Severity >= verdict.Error {
		stage = 1 // it is not about its end
	}
	return stage
}

// staged is an entry and its stage.
type staged struct {
	Entry
	stage int
	news  bool
}

// open returns the entries that the rule tells, the gravest first.
func (r *Rule) open(entries []Entry, now time.Time) []staged {
	var open []staged
	for _, e := range entries {
		if stage := r.stage(e, now); stage > 0 {
			open = append(open, staged{Entry: e, stage: stage})
		}
	}
	slices.SortStableFunc(open, func(a, b staged) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		return a.NotAfter.Compare(b.NotAfter)
	})
	return open
}
