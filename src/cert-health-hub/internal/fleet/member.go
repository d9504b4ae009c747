package fleet

import (
	"time"
	"unique"

	"cert-health/internal/cert"
)

// Member is what a view keeps of one report. It must not be changed. What many instances have in common,
// such as a certificate and its files, is in memory once.
type Member struct {
	held []held
	// before has the newest certificate that was seen here earlier, for those that went back to an older
	// one: when it begins, by identity.
	before map[unique.Handle[string]]int64
}

// held is one certificate on one instance.
type held struct {
	fact     unique.Handle[fact]
	relation unique.Handle[relation] // the zero value: the agent compares it with nothing
	files    unique.Handle[string]   // its places, each with its file, a line each
	older    unique.Handle[process]  // the process that serves an older one; the zero value: none
	advice   unique.Handle[advice]   // the zero value: none
	serves   bool                    // a process serves it
	flags    flags
}

// fact is what is known of a certificate itself.
type fact struct {
	print               string
	name                string
	role                cert.Role
	identity            unique.Handle[string]
	notBefore, notAfter int64
}

// relation is what the agent's source knows about a certificate.
type relation struct {
	state             cert.ReferenceState
	title             string
	path, key         string // the full path
	deployed, current int
	since, notAfter   int64 // of the source's current version; 0 if not known
}

// process serves an older version.
type process struct {
	print    string
	number   int
	notAfter int64
	name     string
	job      string
}

// advice are the agent's own steps, by what they are for; each as JSON.
type advice struct{ renew, deploy, restart string }

// flags are what the agent has found.
type flags uint16

// The findings of an agent, and what it was told to ignore.
const (
	foundExpired flags = 1 << iota
	foundExpiringSoon
	foundExpiring
	foundStale
	foundUnexpected
	ignoresDates
	ignoresDrift
	ignoresLoading
)

func (f flags) has(any flags) bool { return f&any != 0 }

// unix is a time in seconds; 0 for the zero time.
func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// moment is the time of seconds.
func moment(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// After returns the member with what earlier reports of the same instance had: a certificate that is
// older than one that was there before was rolled back.
func (m *Member) After(earlier *Member) *Member {
	if earlier == nil {
		return m
	}
	newest, newer := m.newest(), map[unique.Handle[string]]int64{}
	for identity, then := range earlier.newest() {
		then = max(then, earlier.before[identity])
		if now, still := newest[identity]; still && now < then {
			newer[identity] = then
		}
	}
	if len(newer) == 0 {
		return m
	}
	return &Member{held: m.held, before: newer}
}

// newest is when the newest certificate of each identity begins.
func (m *Member) newest() map[unique.Handle[string]]int64 {
	all := make(map[unique.Handle[string]]int64, len(m.held))
	for i := range m.held {
		f := m.held[i].fact.Value()
		if begins, known := all[f.identity]; !known || f.notBefore > begins {
			all[f.identity] = f.notBefore
		}
	}
	return all
}
