package incident

import (
	"maps"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// Policy says when notices are due.
type Policy struct {
	// OpenAfter is how long an incident collects alerts before its first notice: a
	// certificate expires on all VMs in the same minute.
	OpenAfter      time.Duration `yaml:"open_after"`
	UpdateInterval time.Duration `yaml:"update_interval"` // the shortest time between two notices of kind Updated
	RepeatInterval time.Duration `yaml:"repeat_interval"` // the time after which an unchanged incident is repeated
	// ForgetAfter is how long an instance counts after the Health Monitor last had its VM: the
	// report of a deleted VM does not keep an incident open without end. An agent that has sent no
	// alert for so long is silent. Agents report again once a day.
	ForgetAfter time.Duration `yaml:"forget_after"`
}

// Limits bound the memory. Reports beyond a limit are only counted, in LeftOut.
type Limits struct {
	Deployments  int `yaml:"deployments"`
	Instances    int `yaml:"instances"`    // of one incident
	Certificates int `yaml:"certificates"` // of one incident
}

// Ledger holds all incidents. It is not safe for concurrent use.
type Ledger struct {
	policy      Policy
	limits      Limits
	deployments map[string]map[alert.Class]*incident
	leftOut     notify.LeftOut
	changed     bool      // since the last call of Changed
	started     time.Time // when the memory was restored; zero without one
	// lost means that earlier incidents are not known; ended are those whose end was noticed
	// all the same.
	lost  bool
	ended map[string]bool
}

// NewLedger returns an empty ledger.
func NewLedger(policy Policy, limits Limits) *Ledger {
	return &Ledger{policy: policy, limits: limits, deployments: map[string]map[alert.Class]*incident{}, ended: map[string]bool{}}
}

// Record adds an alert, and returns the notices that are due because of it.
func (l *Ledger) Record(e Event, now time.Time) []notify.Notice {
	e = l.known(e)
	notices := l.Locate(e, now)
	l.changed = true
	i := l.deployments[e.Deployment][e.Alert.Class]
	if i == nil && e.Alert.Cleared {
		return append(notices, l.end(e, now)...)
	}
	if i == nil {
		i = l.open(e, now)
	}
	if i == nil {
		return notices
	}
	l.add(i, e, now)
	return append(notices, l.settle(i, now)...)
}

// add adds an alert to an incident, and counts what is beyond the limits.
func (l *Ledger) add(i *incident, e Event, now time.Time) {
	before := i.leftOut
	i.record(e, now, l.limits)
	l.leftOut.Instances += i.leftOut.Instances - before.Instances
	l.leftOut.Certificates += i.leftOut.Certificates - before.Certificates
}

// open returns a new incident; nil if there are too many.
func (l *Ledger) open(e Event, now time.Time) *incident {
	if l.deployments[e.Deployment] == nil {
		if len(l.deployments) >= l.limits.Deployments {
			l.leftOut.Deployments++
			return nil
		}
		l.deployments[e.Deployment] = map[alert.Class]*incident{}
	}
	i := newIncident(e.Deployment, e.Alert.Class, now)
	l.deployments[e.Deployment][e.Alert.Class] = i
	delete(l.ended, key(i))
	return i
}

// Seen notes that the Health Monitor has the VM of an agent.
func (l *Ledger) Seen(agent string, now time.Time) {
	for _, classes := range l.deployments {
		for _, i := range classes {
			l.changed = i.seen(agent, now) || l.changed
		}
	}
}

// Due notes which agents are silent and which VMs are gone, and returns the notices that are due
// now.
func (l *Ledger) Due(now time.Time) []notify.Notice {
	var notices []notify.Notice
	for _, i := range l.all() {
		l.changed = i.age(now, now.Sub(l.started), l.policy) || l.changed
		notices = append(notices, l.settle(i, now)...)
	}
	return notices
}

// Announced returns a notice of each open incident of which receivers know.
func (l *Ledger) Announced(now time.Time) []notify.Notice {
	var notices []notify.Notice
	for _, i := range l.all() {
		if !i.noticed.IsZero() {
			notices = append(notices, l.notice(i, notify.Refreshed, now))
		}
	}
	return notices
}

// LeftOut returns the number of reports beyond the limits since the start.
func (l *Ledger) LeftOut() notify.LeftOut { return l.leftOut }

// settle returns the notice that is due for an incident, and drops an incident that is over.
func (l *Ledger) settle(i *incident, now time.Time) []notify.Notice {
	if len(i.instances) == 0 {
		defer l.remove(i)
	}
	kind, due := i.due(now, l.policy)
	if !due {
		return nil
	}
	l.changed = true
	i.noticed, i.news = now, false
	notice := l.notice(i, kind, now)
	clear(i.fresh)
	return []notify.Notice{notice}
}

func (l *Ledger) notice(i *incident, kind notify.Kind, now time.Time) notify.Notice {
	notice := i.notice(kind, now, l.policy)
	notice.LeftOut.Deployments = l.leftOut.Deployments
	return notice
}

func (l *Ledger) remove(i *incident) {
	l.changed = true
	delete(l.deployments[i.deployment], i.class)
	if len(l.deployments[i.deployment]) == 0 {
		delete(l.deployments, i.deployment)
	}
}

// all returns the incidents in a stable order.
func (l *Ledger) all() []*incident {
	var list []*incident
	for _, deployment := range slices.Sorted(maps.Keys(l.deployments)) {
		for _, class := range alert.Classes() {
			if i := l.deployments[deployment][class]; i != nil {
				list = append(list, i)
			}
		}
	}
	return list
}
