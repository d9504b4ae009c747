package catalog

import (
	"slices"
	"strings"
	"time"
)

// matcher decides about one entry after the other.
type matcher struct {
	Query
	now    time.Time
	words  []string
	placed bool // the placements matter
}

func (v *View) matcher(q Query) *matcher {
	m := &matcher{Query: q, now: v.now, placed: len(q.Sources)+len(q.Types)+len(q.Path) > 0}
	for _, word := range strings.Fields(strings.ToLower(q.Text)) {
		m.words = append(m.words, withoutColons(word))
	}
	return m
}

// withoutColons makes a fingerprint of openssl, AB:CD:EF, one of ours.
func withoutColons(word string) string {
	const least = 8 // characters; a shorter word may be part of an IPv6 address
	bare := strings.ReplaceAll(word, ":", "")
	if len(word) > least && len(word) == len(bare)*3/2-1 && strings.Trim(bare, "0123456789abcdef") == "" {
		return bare
	}
	return word
}

// shows tells whether the list has entries of the state.
func (m *matcher) shows(state State) bool {
	if len(m.States) == 0 {
		return state != History
	}
	return slices.Contains(m.States, state)
}

// matches tells whether an entry passes all filters but the one by state.
func (m *matcher) matches(e *Entry) bool {
	return m.CA.allows(e.CA) && m.Acknowledged.allows(e.Acknowledged != nil) &&
		m.Expired.allows(e.ended(m.now)) && m.matchesEnd(e) && m.matchesText(e) && (!m.placed || m.matchesPlace(e))
}

// ended tells whether the validity is over.
func (e *Entry) ended(now time.Time) bool { return !e.NotAfter.IsZero() && e.NotAfter.Before(now) }

// matchesEnd is exact: an entry is either within a duration or beyond it.
func (m *matcher) matchesEnd(e *Entry) bool {
	left := e.NotAfter.Sub(m.now)
	if e.NotAfter.IsZero() {
		left = maxDuration + 1
	}
	return (!m.Within.Set || left <= m.Within.Duration) && (!m.Beyond.Set || left > m.Beyond.Duration)
}

func (m *matcher) matchesText(e *Entry) bool {
	for _, word := range m.words {
		if !strings.Contains(e.search, word) {
			return false
		}
	}
	return true
}

// matchesPlace tells whether one placement passes all filters of places. A previous version counts
// only for a certificate that is history.
func (m *matcher) matchesPlace(e *Entry) bool {
	for i := range e.Placements {
		p := &e.Placements[i]
		if countsFor(e, p) && (len(m.Sources) == 0 || slices.Contains(m.Sources, p.Source)) &&
			(len(m.Types) == 0 || slices.Contains(m.Types, p.SourceType)) && below(p.Path, m.Path) {
			return true
		}
	}
	return false
}

func countsFor(e *Entry, p *Placement) bool { return p.State.InUse() || e.State == History }
