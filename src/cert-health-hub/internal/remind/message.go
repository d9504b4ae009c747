package remind

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cert-health/internal/report"
	"cert-health/internal/verdict"
)

// Kind is the occasion of a message.
type Kind string

// The kinds, and no others.
const (
	News      Kind = "news"      // an entry is new, or has become graver
	Reminding Kind = "reminder"  // the entries are still open, and nothing is new
	AllClear  Kind = "all_clear" // no entry is open any more
)

// Message is what a rule tells. Its JSON is what a webhook gets.
type Message struct {
	ID     string         `json:"id"`
	Rule   string         `json:"rule"`
	Kind   Kind           `json:"kind"`
	At     time.Time      `json:"at"`
	Title  string         `json:"title"`
	Groups []Group        `json:"groups,omitempty"`
	Open   int            `json:"open"`             // all entries that are open
	New    int            `json:"new"`              // of these, the new ones
	States map[string]int `json:"states,omitempty"` // all open entries by their state
	// More is the number of open entries that no group lists.
	More     int      `json:"more,omitempty"`
	Repaired []string `json:"repaired,omitempty"`
	URL      string   `json:"url,omitempty"` // of the list
}

// Group are the entries with the same thing to do.
type Group struct {
	Do    string `json:"do"`
	Lines []Line `json:"entries"`
}

// Line is one entry in a message.
type Line struct {
	Entry
	New bool `json:"new"`
	// MorePlaces is the number of places that Entry does not list.
	MorePlaces int `json:"more_places,omitempty"`
}

// The limits of one message. People read the first lines; the page has everything.
const (
	maxLines    = 20
	maxPlaces   = 3
	maxRepaired = 20
)

// compose makes the message. New entries come first if not all are listed.
func (r *Rule) compose(kind Kind, open []staged, repaired []string, now time.Time) *Message {
	m := &Message{ID: identifier(r.Name, now), Rule: r.Name, Kind: kind, At: now, Open: len(open), States: map[string]int{}}
	for _, e := range open {
		m.States[e.State]++
		if e.news {
			m.New++
		}
	}
	m.Title = m.title(len(repaired))
	m.Repaired = repaired[:min(len(repaired), maxRepaired)]
	slices.SortStableFunc(open, func(a, b staged) int { return cmp.Compare(rank(b), rank(a)) })
	listed := open[:min(len(open), maxLines)]
	m.More = len(open) - len(listed)
	for _, e := range listed {
		m.add(e)
	}
	return m
}

func rank(e staged) int {
	if e.news {
		return 1
	}
	return 0
}

// add adds an entry to the group of what is to do.
func (m *Message) add(e staged) {
	line := Line{Entry: e.Entry, New: e.news, MorePlaces: max(0, len(e.Places)-maxPlaces)}
	line.Places = e.Places[:min(len(e.Places), maxPlaces)]
	do := action(e.Steps)
	at := slices.IndexFunc(m.Groups, func(g Group) bool { return g.Do == do })
	if at < 0 {
		at = len(m.Groups)
		m.Groups = append(m.Groups, Group{Do: do})
	}
	m.Groups[at].Lines = append(m.Groups[at].Lines, line)
}

// action is what the steps have in common with those of other certificates: the words of the first
// command before its first argument, or the first instruction.
func action(steps []verdict.Step) string {
	if len(steps) == 0 {
		return ""
	}
	words := steps[0].Run
	if len(words) == 0 {
		return steps[0].Do
	}
	if end := slices.IndexFunc(words[1:], func(w string) bool { return strings.ContainsAny(w, "-/.:=") }); end >= 0 {
		words = words[:1+end]
	}
	return strings.Join(words, " ")
}

// title says how many entries there are in each state.
func (m *Message) title(repaired int) string {
	if m.Kind == AllClear {
		return fmt.Sprintf("all clear: %d repaired, nothing is open", repaired)
	}
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(m.States)) {
		parts = append(parts, fmt.Sprintf("%d %s", m.States[state], strings.ReplaceAll(state, "_", " ")))
	}
	counts := strings.Join(parts, ", ")
	if m.Kind == Reminding {
		return "still open: " + counts
	}
	return fmt.Sprintf("%s (%d new)", counts, m.New)
}

// Text is the message as lines of text, without its title.
func (m *Message) Text() string {
	var b strings.Builder
	for _, g := range m.Groups {
		if g.Do != "" {
			fmt.Fprintf(&b, "%s:\n", report.Printable(g.Do))
		}
		for _, l := range g.Lines {
			l.write(&b)
		}
	}
	if m.More > 0 {
		fmt.Fprintf(&b, "and %d more\n", m.More)
	}
	if len(m.Repaired) > 0 {
		fmt.Fprintf(&b, "repaired: %s\n", report.Printable(strings.Join(m.Repaired, ", ")))
	}
	if m.URL != "" {
		fmt.Fprintf(&b, "all: %s\n", m.URL)
	}
	return b.String()
}

// write writes one entry: name and fault, the places, and the commands.
func (l *Line) write(b *strings.Builder) {
	mark := ""
	if l.New {
		mark = "new: "
	}
	fmt.Fprintf(b, "- %s%s: %s\n", mark, report.Printable(l.Name), report.Printable(l.Message))
	for i, place := range l.Places {
		more := ""
		if i == len(l.Places)-1 && l.MorePlaces > 0 {
			more = fmt.Sprintf(" and %d more places", l.MorePlaces)
		}
		fmt.Fprintf(b, "  at %s%s\n", report.Printable(place), more)
	}
	for _, step := range l.Steps {
		fmt.Fprintf(b, "  next: %s\n", report.Printable(step.String()))
	}
	if l.URL != "" {
		fmt.Fprintf(b, "  see %s\n", l.URL)
	}
}
