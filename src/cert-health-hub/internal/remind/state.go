package remind

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"cert-health/internal/verdict"
)

// state is what a rule has told, and what it has still to send. It is stored as JSON.
type state struct {
	Looked time.Time       `json:"looked,omitzero"` // when the rule looked last
	Told   time.Time       `json:"told,omitzero"`   // when it told its open entries last
	Open   map[string]told `json:"open,omitempty"`
	// Ended are the alerts to resolve in Alertmanager, by the key of their entry, each until it
	// ends there by itself.
	Ended   map[string]told `json:"ended,omitempty"`
	Pending []pending       `json:"pending,omitempty"`
}

// told is an entry as it was told last.
type told struct {
	Entry
	Stage int       `json:"stage"`
	Since time.Time `json:"since"`
	End   time.Time `json:"end,omitzero"`
}

// pending is a message that one channel has not taken yet.
type pending struct {
	Channel string    `json:"channel"`
	Message Message   `json:"message"`
	Tries   int       `json:"tries"`
	Next    time.Time `json:"next"`
}

// look compares what is open now with what was told, and returns the new state and the message, if
// there is one to send. It does not change the state that it gets.
func (r *Rule) look(before state, entries []Entry, now time.Time) (state, *Message) {
	open := r.open(entries, now)
	after := before
	after.Looked = now
	after.Open = make(map[string]told, len(open))
	news := 0
	for i, e := range open {
		t, known := before.Open[e.Key]
		if !known || e.stage > t.Stage {
			open[i].news = true
			news++
		}
		if !known {
			t.Since = now
		}
		t.Entry, t.Stage = e.Entry, max(t.Stage, e.stage)
		after.Open[e.Key] = t
	}
	after.Ended = ended(before, after, now)
	kind := r.kind(before, len(open), news, now)
	if kind == "" {
		return after, nil
	}
	after.Told = now
	return after, r.compose(kind, open, repaired(before, after), now)
}

// kind decides whether there is something to tell.
func (r *Rule) kind(before state, open, news int, now time.Time) Kind {
	switch {
	case news > 0:
		return News
	case open == 0 && len(before.Open) > 0 && !r.NoAllClear:
		return AllClear
	case open > 0 && !r.NoReminders && verdict.Passed(before.Told, now, r.repeat()):
		return Reminding
	}
	return ""
}

// repaired are the names of the entries that are not open any more.
func repaired(before, after state) []string {
	var names []string
	for key, t := range before.Open {
		if _, still := after.Open[key]; !still {
			names = append(names, t.Name)
		}
	}
	slices.Sort(names)
	return names
}

// ended are the alerts to resolve: the entries that have just ended, and those that ended before
// within the time after which Alertmanager resolves them by itself.
func ended(before, after state, now time.Time) map[string]told {
	all := map[string]told{}
	maps.Copy(all, before.Ended)
	for key, t := range before.Open {
		if _, still := after.Open[key]; !still {
			t.End = now
			all[key] = t
		}
	}
	maps.DeleteFunc(all, func(key string, t told) bool {
		_, again := after.Open[key]
		return again || verdict.Passed(t.End, now, alertLife)
	})
	return all
}

// identifier is the same for the same message after a restart.
func identifier(rule string, now time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", rule, now.UnixNano()))
	return hex.EncodeToString(sum[:16])
}
