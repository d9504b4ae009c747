package incident

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// Memory is what a ledger keeps over a restart: all incidents. It contains only what the alerts
// contain, and no secret.
type Memory struct {
	Format    int          `json:"format"`
	Incidents []Remembered `json:"incidents"`
}

// memoryFormat is the Format of a Memory.
const memoryFormat = 1

// Remembered is one incident.
type Remembered struct {
	Deployment   string               `json:"deployment"`
	Class        alert.Class          `json:"class"`
	Opened       time.Time            `json:"opened"`
	Noticed      time.Time            `json:"noticed,omitzero"`
	News         bool                 `json:"news,omitempty"`
	Forgotten    int                  `json:"forgotten,omitempty"`
	Moved        int                  `json:"moved,omitempty"`
	Worst        worst                `json:"worst"`
	Reports      []RememberedReport   `json:"reports"`
	Certificates []notify.Certificate `json:"certificates"`
}

// RememberedReport is the latest alert of one agent.
type RememberedReport struct {
	Agent    string     `json:"agent"`
	Instance string     `json:"instance"`
	At       time.Time  `json:"at"`
	Seen     time.Time  `json:"seen,omitzero"` // missing in memories of older releases
	Silent   bool       `json:"silent,omitempty"`
	Replaced time.Time  `json:"replaced,omitzero"`
	Items    []reported `json:"items"`
	Total    int        `json:"total"`
}

// Changed tells whether the ledger has changed since the last call.
func (l *Ledger) Changed() bool {
	changed := l.changed
	l.changed = false
	return changed
}

// Memory returns a copy of all incidents.
func (l *Ledger) Memory() Memory {
	m := Memory{Format: memoryFormat}
	for _, i := range l.all() {
		m.Incidents = append(m.Incidents, i.remember())
	}
	return m
}

func (i *incident) remember() Remembered {
	r := Remembered{Deployment: i.deployment, Class: i.class, Opened: i.opened, Noticed: i.noticed, News: i.news, Forgotten: i.forgotten, Moved: i.moved, Worst: i.worst}
	for _, agent := range slices.Sorted(maps.Keys(i.instances)) {
		s := i.instances[agent]
		r.Reports = append(r.Reports, RememberedReport{Agent: agent, Instance: s.instance, At: s.at, Seen: s.seen, Silent: s.silent, Replaced: s.replaced, Items: s.items, Total: s.total})
	}
	for _, fingerprint := range slices.Sorted(maps.Keys(i.certificates)) {
		r.Certificates = append(r.Certificates, *i.certificates[fingerprint])
	}
	return r
}

// Lost notes that there is no memory: an agent that reports the end of an unknown incident is
// believed.
func (l *Ledger) Lost() { l.lost = true }

// Restore fills an empty ledger from its memory. A memory that is not valid is refused as a whole.
// Names and texts are limited as those of an alert are.
func (l *Ledger) Restore(m Memory, now time.Time) error {
	if m.Format != memoryFormat {
		return fmt.Errorf("its format is %d, not %d", m.Format, memoryFormat)
	}
	restored := map[string]map[alert.Class]*incident{}
	for n, r := range m.Incidents {
		i, err := r.incident(now, l.limits)
		if err != nil {
			return fmt.Errorf("incident %d: %w", n+1, err) // a name in the file may be anything
		}
		if restored[i.deployment] == nil {
			restored[i.deployment] = map[alert.Class]*incident{}
		}
		if len(restored) > l.limits.Deployments || restored[i.deployment][i.class] != nil {
			return errors.New("an incident occurs twice, or there are too many deployments")
		}
		restored[i.deployment][i.class] = i
	}
	l.deployments, l.started = restored, now
	return nil
}

// incident returns the remembered incident, or what is wrong with it.
func (r *Remembered) incident(now time.Time, limits Limits) (*incident, error) {
	switch {
	case !slices.Contains(alert.Classes(), r.Class):
		return nil, errors.New("its class is unknown")
	case r.Forgotten < 0 || r.Moved < 0 || r.Worst.Certificates < 0 || r.Worst.Instances < 0:
		return nil, errors.New("a number is negative")
	}
	i := newIncident(orUnknown(clean(r.Deployment, maxName)), r.Class, earlier(r.Opened, now))
	i.noticed, i.forgotten, i.moved = earlier(r.Noticed, now), r.Forgotten, r.Moved
	words := map[string]alert.Item{}
	for _, c := range r.Certificates {
		words[c.Fingerprint] = alert.Item{Name: c.Name, Fingerprint: c.Fingerprint, Place: c.Place, Message: c.Message, Next: c.Next}
	}
	for _, report := range r.Reports {
		if err := i.restore(report, words, now, limits); err != nil {
			return nil, err
		}
	}
	i.news, i.worst = r.News, r.Worst
	if !i.noticed.IsZero() && !i.news {
		clear(i.fresh)
	}
	return i, nil
}

// earlier is a remembered time, which is in the future if the clock was set back since.
func earlier(remembered, now time.Time) time.Time {
	if remembered.After(now) {
		return now
	}
	return remembered
}

// restore adds a remembered report.
func (i *incident) restore(r RememberedReport, words map[string]alert.Item, now time.Time, limits Limits) error {
	agent := clean(r.Agent, maxName)
	if _, twice := i.instances[agent]; agent == "" || twice || r.Total < 1 {
		return errors.New("a report has no agent, occurs twice, or is about nothing")
	}
	a := alert.Alert{Class: i.class, Total: r.Total}
	for _, item := range r.Items {
		known, named := words[item.Fingerprint]
		if !named || !alert.IsFingerprint(item.Fingerprint) {
			return errors.New("a certificate is not described")
		}
		a.Items = append(a.Items, known)
	}
	i.record(Event{Agent: agent, Instance: orUnknown(clean(r.Instance, maxName)), Alert: bounded(a)}, earlier(r.At, now), limits)
	s := i.instances[agent]
	for n, item := range s.items { // the certificate has the words of the latest report
		at := slices.IndexFunc(r.Items, func(r reported) bool { return r.Fingerprint == item.Fingerprint })
		s.items[n].Next = r.Items[at].Next
	}
	s.silent, s.replaced = r.Silent, earlier(r.Replaced, now)
	if seen := earlier(r.Seen, now); seen.After(s.seen) {
		s.seen = seen
	}
	if s.total > 0 {
		i.instances[agent] = s
	}
	return nil
}
