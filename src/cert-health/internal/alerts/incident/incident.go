package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"cert-health/internal/alert"
	"cert-health/internal/notify"
)

// maxNamed is how many certificates and instances a notice names.
const maxNamed = 20

// incident is one fault: one class of alerts of one deployment.
type incident struct {
	deployment string
	class      alert.Class
	opened     time.Time
	noticed    time.Time // the last notice; zero before the first
	news       bool      // an instance or a certificate was added since the last notice
	forgotten  int
	leftOut    notify.LeftOut

	instances    map[string]report
	certificates map[string]*notify.Certificate // by fingerprint

	// worst are the highest counts so far: when the incident is closed, the current counts
	// are zero.
	worst struct{ certificates, instances int }
}

// report is the latest alert of one instance.
type report struct {
	at           time.Time
	fingerprints []string
	total        int // more than the fingerprints, if the alert could not name all
}

func newIncident(deployment string, class alert.Class, now time.Time) *incident {
	return &incident{deployment: deployment, class: class, opened: now,
		instances: map[string]report{}, certificates: map[string]*notify.Certificate{}}
}

// record replaces the earlier report of an instance.
func (i *incident) record(e Event, now time.Time, limits Limits) {
	before, known := i.instances[e.Instance]
	switch {
	case e.Alert.Cleared:
		i.remove(before)
		delete(i.instances, e.Instance)
		return
	case !known && len(i.instances) >= limits.Instances:
		i.leftOut.Instances++
		return
	}
	// The new report is added before the old one is removed, so that a certificate in both is
	// not taken for a new one.
	i.instances[e.Instance] = report{at: now, fingerprints: i.add(e.Alert.Items, limits), total: max(e.Alert.Total, 1)}
	i.remove(before)
	i.news = i.news || !known
	i.worst.instances = max(i.worst.instances, len(i.instances))
	i.worst.certificates = max(i.worst.certificates, len(i.certificates), e.Alert.Total, 1)
}

// add counts the certificates of one more instance.
func (i *incident) add(items []alert.Item, limits Limits) []string {
	var fingerprints []string
	for _, item := range items {
		if slices.Contains(fingerprints, item.Fingerprint) {
			continue
		}
		counted, known := i.certificates[item.Fingerprint]
		if !known && len(i.certificates) >= limits.Certificates {
			i.leftOut.Certificates++
			continue
		}
		if !known {
			counted, i.news = &notify.Certificate{Fingerprint: item.Fingerprint}, true
			i.certificates[item.Fingerprint] = counted
		}
		// The latest message wins: it contains relative times.
		counted.Name, counted.Place, counted.Message, counted.Next = item.Name, item.Place, item.Message, item.Next
		counted.Instances++
		fingerprints = append(fingerprints, item.Fingerprint)
	}
	return fingerprints
}

// remove takes a report out of the counts.
func (i *incident) remove(s report) {
	for _, fingerprint := range s.fingerprints {
		counted := i.certificates[fingerprint]
		if counted.Instances--; counted.Instances == 0 {
			delete(i.certificates, fingerprint)
		}
	}
}

// forget drops the instances whose latest report is older than before.
func (i *incident) forget(before time.Time) {
	for name, s := range i.instances {
		if s.at.Before(before) {
			i.remove(s)
			delete(i.instances, name)
			i.forgotten++
		}
	}
}

// due returns the kind of the notice that is due now, if any.
func (i *incident) due(now time.Time, policy Policy) (notify.Kind, bool) {
	silence := now.Sub(i.noticed)
	switch {
	case len(i.instances) == 0:
		return notify.Closed, !i.noticed.IsZero()
	case i.noticed.IsZero():
		return notify.Opened, now.Sub(i.opened) >= policy.OpenAfter
	case i.news && silence >= policy.UpdateInterval:
		return notify.Updated, true
	}
	return notify.Repeated, silence >= policy.RepeatInterval
}

// notice describes the current state of the incident.
func (i *incident) notice(kind notify.Kind, now time.Time, policy Policy) notify.Notice {
	n := notify.Notice{
		ID: fmt.Sprintf("%s/%s/%d", i.deployment, i.class, i.opened.Unix()), Kind: kind,
		Deployment: i.deployment, Class: i.class, Severity: severity(i.class),
		OpenedAt: i.opened.UTC(), At: now.UTC(), Until: now.UTC(),
		Certificates: i.named(), CertificateCount: len(i.certificates),
		Instances: i.names(), InstanceCount: len(i.instances),
		Forgotten: i.forgotten, LeftOut: i.leftOut,
	}
	for _, s := range i.instances {
		n.CertificateCount = max(n.CertificateCount, s.total)
		n.AtLeast = n.AtLeast || s.total > len(s.fingerprints)
		if until := s.at.Add(policy.ForgetAfter).UTC(); until.After(n.Until) {
			n.Until = until
		}
	}
	if kind == notify.Closed {
		n.CertificateCount, n.InstanceCount = i.worst.certificates, i.worst.instances
	}
	return n
}

// names returns the instances that a notice names.
func (i *incident) names() []string {
	all := slices.Sorted(maps.Keys(i.instances))
	return append([]string{}, all[:min(len(all), maxNamed)]...)
}

// named returns the certificates that a notice names, the most widespread first.
func (i *incident) named() []notify.Certificate {
	list := make([]notify.Certificate, 0, len(i.certificates))
	for _, c := range i.certificates {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b notify.Certificate) int {
		return cmp.Or(cmp.Compare(b.Instances, a.Instances), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return slices.Clone(list[:min(len(list), maxNamed)])
}

// severity is the name of the severity that the Health Monitor uses for a class.
func severity(class alert.Class) string {
	switch (alert.Alert{Class: class}).Severity() {
	case 2:
		return "critical"
	case 3:
		return "error"
	}
	return "warning"
}
