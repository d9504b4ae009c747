package incident

import (
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// known replaces an unknown deployment by the one in which the agent has reported before.
func (l *Ledger) known(e Event) Event {
	if e.Deployment != unknown {
		return e
	}
	for _, i := range l.all() {
		if s, ok := i.instances[e.Agent]; ok && i.deployment != unknown {
			e.Deployment, e.Instance = i.deployment, s.instance
			return e
		}
	}
	return e
}

// Locate notes to which instance of which deployment an agent belongs, and returns the notices
// that are due because of it. Alerts that came before the Health Monitor knew the VM move to
// their deployment. Alerts of an earlier VM of the instance are forgotten soon.
func (l *Ledger) Locate(e Event, now time.Time) []notify.Notice {
	if e.Deployment == unknown {
		return nil
	}
	l.Seen(e.Agent, now)
	var notices []notify.Notice
	for _, class := range alert.Classes() {
		notices = append(notices, l.move(class, e, now)...)
		if i := l.deployments[e.Deployment][class]; i != nil && i.replace(e.Instance, e.Agent, now) {
			l.changed = true
		}
	}
	return notices
}

// move moves the report of an agent from the unknown deployment to its own.
func (l *Ledger) move(class alert.Class, e Event, now time.Time) []notify.Notice {
	from := l.deployments[unknown][class]
	if from == nil {
		return nil
	}
	s, reported := from.instances[e.Agent]
	if !reported {
		return nil
	}
	e.Alert = alert.Alert{Class: class, Items: from.items(s), Total: s.total}
	to := l.deployments[e.Deployment][class]
	if to == nil {
		to = l.open(e, from.opened)
	}
	if to == nil {
		return nil
	}
	l.changed = true
	from.drop(e.Agent)
	from.moved++
	l.add(to, e, s.at)
	return append(l.settle(from, now), l.settle(to, now)...)
}

// end returns the notice of the end of an incident that was forgotten with the memory: a receiver
// may still show it. There is one such notice for each incident.
func (l *Ledger) end(e Event, now time.Time) []notify.Notice {
	i := newIncident(e.Deployment, e.Alert.Class, now)
	if !l.lost || l.ended[key(i)] || len(l.ended) >= l.limits.Deployments*len(alert.Classes()) {
		return nil
	}
	l.ended[key(i)] = true
	return []notify.Notice{l.notice(i, notify.Closed, now)}
}

// key identifies an incident among those of all deployments.
func key(i *incident) string { return i.deployment + "/" + string(i.class) }
