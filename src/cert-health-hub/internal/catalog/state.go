package catalog

import "strings"

// State is how a certificate is. Each certificate has exactly one, so that counts by state add up.
type State string

// The states, the gravest first. There are no others.
const (
	Expired      State = "expired"
	NotYetValid  State = "not_yet_valid"
	ExpiringSoon State = "expiring_soon"
	Broken       State = "broken" // its dates are right, and another finding is an error
	Expiring     State = "expiring"
	Unverified   State = "unverified" // nothing is wrong as far as known, but it cannot be seen now
	OK           State = "ok"
	History      State = "history" // all its sightings are previous or revoked versions: it is not judged
)

// States lists all states, the gravest first.
func States() []State {
	return []State{Expired, NotYetValid, ExpiringSoon, Broken, Expiring, Unverified, OK, History}
}

// Title is the state in words, for people.
func (s State) Title() string { return strings.ReplaceAll(string(s), "_", " ") }

// Counts are numbers of certificates by state. A state without certificates may be absent.
type Counts map[State]int

// Total is the number of certificates without those that are history.
func (c Counts) Total() int {
	total := 0
	for state, n := range c {
		if state != History {
			total += n
		}
	}
	return total
}

// SourceState is how a source is.
type SourceState string

// The states of a source. There are no others.
const (
	SourceOK      SourceState = "ok"
	SourcePartial SourceState = "partial" // a part of it could not be seen
	SourceFailing SourceState = "failing" // the last collection failed; what it showed before is still recent
	SourceStale   SourceState = "stale"   // it has not answered for so long that nothing of it counts as seen
	SourceNever   SourceState = "never"   // it has never answered
)
