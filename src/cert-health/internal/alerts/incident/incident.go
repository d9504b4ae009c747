package incident

import (
	"fmt"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// unknownGrace is the additional time before the first notice of alerts whose deployment is
// unknown. The Health Monitor asks the Director once a minute which VMs exist, and knows the
// deployment after that.
const unknownGrace = 5 * time.Minute

// incident is one fault: one class of alerts of one deployment.
type incident struct {
	deployment string
	class      alert.Class
	opened     time.Time
	noticed    time.Time // the last notice; zero before the first
	news       bool      // an instance, a certificate, a number or a next step is new since the last notice
	forgotten  int
	moved      int // instances whose deployment became known
	leftOut    notify.LeftOut

	instances    map[string]report // by agent
	agents       map[string]string // by instance: the agent of its report
	certificates map[string]*notify.Certificate
	fresh        map[string]bool // certificates that no notice has named yet, by fingerprint

	// worst are the highest counts so far: when the incident is closed, the current counts
	// are zero.
	worst worst
}

type worst struct {
	Certificates int `json:"certificates"`
	Instances    int `json:"instances"`
}

func newIncident(deployment string, class alert.Class, opened time.Time) *incident {
	return &incident{deployment: deployment, class: class, opened: opened,
		instances: map[string]report{}, agents: map[string]string{}, certificates: map[string]*notify.Certificate{}, fresh: map[string]bool{}}
}

// record replaces the earlier report of an agent.
func (i *incident) record(e Event, now time.Time, limits Limits) {
	agent := e.Agent
	if _, known := i.instances[agent]; !known {
		agent = i.agents[e.Instance] // a VM that was made again has another agent
	}
	before, known := i.instances[agent]
	switch {
	case e.Alert.Cleared:
		i.drop(agent)
		return
	case !known && len(i.instances) >= limits.Instances:
		i.leftOut.Instances++
		return
	}
	// The new report is added before the old one is removed, so that a certificate in both is
	// not taken for a new one.
	added := report{instance: e.Instance, at: now, seen: now, items: i.add(e.Alert.Items, before, limits), total: max(e.Alert.Total, 1)}
	i.drop(agent)
	i.put(e.Agent, added)
	i.news = i.news || !known || added.grows(before)
	i.worst.Instances = max(i.worst.Instances, len(i.instances))
	i.worst.Certificates = max(i.worst.Certificates, len(i.certificates), e.Alert.Total, 1)
}

// due returns the kind of the notice that is due now, if any.
func (i *incident) due(now time.Time, policy Policy) (notify.Kind, bool) {
	silence := now.Sub(i.noticed)
	switch {
	case len(i.instances) == 0:
		return notify.Closed, !i.noticed.IsZero()
	case i.noticed.IsZero():
		return notify.Opened, now.Sub(i.opened) >= i.openAfter(policy)
	case i.news && silence >= policy.UpdateInterval:
		return notify.Updated, true
	}
	return notify.Repeated, silence >= policy.RepeatInterval
}

func (i *incident) openAfter(policy Policy) time.Duration {
	if i.deployment == unknown {
		return policy.OpenAfter + unknownGrace
	}
	return policy.OpenAfter
}

// notice describes the current state of the incident.
func (i *incident) notice(kind notify.Kind, now time.Time, policy Policy) notify.Notice {
	n := notify.Notice{
		ID: fmt.Sprintf("%s/%s/%d", i.deployment, i.class, i.opened.Unix()), Kind: kind,
		Deployment: i.deployment, Class: i.class, Severity: severity(i.class),
		OpenedAt: i.opened.UTC(), At: now.UTC(), Until: now.UTC(),
		Certificates: i.named(), CertificateCount: len(i.certificates),
		Instances: i.names(), InstanceCount: len(i.instances),
		Forgotten: i.forgotten, Moved: i.moved, LeftOut: i.leftOut,
	}
	for _, s := range i.instances {
		n.CertificateCount = max(n.CertificateCount, s.total)
		n.AtLeast = n.AtLeast || s.total > len(s.items)
		if until := s.end(policy).UTC(); until.After(n.Until) {
			n.Until = until
		}
	}
	n.Silent, n.SilentCount = i.silent()
	if kind == notify.Closed {
		n.CertificateCount, n.InstanceCount = i.worst.Certificates, i.worst.Instances
	}
	return n
}

// severity is the name of the severity that the Health Monitor uses for a class.
func severity(class alert.Class) string {
	names := map[int]string{2: "critical", 3: "error", 4: "warning"}
	return names[alert.Alert{Class: class}.Severity()]
}
