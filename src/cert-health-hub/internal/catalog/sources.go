package catalog

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cert-health/hub/internal/inventory"
	"cert-health/internal/verdict"
)

// SourceView is a source, how it is, and what it holds.
type SourceView struct {
	inventory.Health
	State SourceState
	// Reason is one sentence: why the state is not ok.
	Reason string
	// Findings are about what the hub logs in with.
	Findings []Finding
	Counts   Counts // of its certificates
}

// Seen tells whether what the source last showed still counts as seen.
func (s *SourceView) Seen() bool { return s.State != SourceStale && s.State != SourceNever }

// A source is stale when it has not answered for this number of intervals.
const staleIntervals = 3

// defaultInterval is that of a source of which none is known.
const defaultInterval = time.Hour

// Sources are all sources, in the order of their names.
func (v *View) Sources() []SourceView { return v.sources }

// Source returns one source.
func (v *View) Source(name string) (SourceView, bool) {
	i, known := slices.BinarySearchFunc(v.sources, name, func(s SourceView, name string) int { return strings.Compare(s.Name, name) })
	if !known {
		return SourceView{}, false
	}
	return v.sources[i], true
}

func (v *View) viewSources() {
	for _, h := range v.contents.Sources {
		v.sources = append(v.sources, v.viewSource(h))
	}
	slices.SortFunc(v.sources, func(a, b SourceView) int { return strings.Compare(a.Name, b.Name) })
}

func (v *View) viewSource(h inventory.Health) SourceView {
	s := SourceView{Health: h, Counts: Counts{}}
	s.State, s.Reason = sourceState(h, v.now)
	policy := verdict.Policy{Thresholds: v.policy.Thresholds}
	for _, p := range verdict.JudgeCredentials(h.Credentials, &policy, v.now) {
		s.Findings = append(s.Findings, Finding{Source: h.Name, Finding: inventory.Finding{
			Code: inventory.Code(p.Code), Severity: p.Severity, Message: p.About + " " + p.Message, Why: p.Why, Steps: p.Steps}})
	}
	return s
}

// sourceState judges a source by what its last collections said.
func sourceState(h inventory.Health, now time.Time) (state SourceState, reason string) {
	interval := h.Interval
	if interval <= 0 {
		interval = defaultInterval
	}
	switch {
	case h.LastSuccess.IsZero() && h.Error == "":
		return SourceNever, "the source has not been collected yet"
	case h.LastSuccess.IsZero():
		return SourceNever, "the source has never answered: " + h.Error
	case verdict.Passed(h.LastSuccess, now, staleIntervals*interval):
		return SourceStale, because("the source was last seen "+verdict.Stamp(h.LastSuccess), h.Error)
	case h.Error != "":
		return SourceFailing, because("the last collection failed, the source was last seen "+verdict.Stamp(h.LastSuccess), h.Error)
	case len(h.Unseen) > 0:
		return SourcePartial, fmt.Sprintf("%s: %s", partsUnseen(len(h.Unseen)), h.Unseen[0].Reason)
	}
	return SourceOK, ""
}

func because(sentence, cause string) string {
	if cause == "" {
		return sentence
	}
	return sentence + ": " + cause
}

func partsUnseen(n int) string {
	if n == 1 {
		return "a part could not be seen"
	}
	return fmt.Sprintf("%d parts could not be seen", n)
}

// countSources counts the certificates of each source.
func (v *View) countSources() {
	for i := range v.sources {
		s := &v.sources[i]
		seen := map[*Entry]bool{}
		for _, p := range v.places[s.Name] {
			if !seen[p.entry] && p.counts() {
				seen[p.entry] = true
				s.Counts[p.entry.State]++
			}
		}
	}
}
